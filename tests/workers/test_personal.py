"""A worker that composes personal digests."""

import pytest

from digest.newsdesk.editions.personal import DigestRun
from workers import personal


@pytest.mark.django_db
def test_it_begins_to_remember_anew_when_it_holds_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, runs = [3] * 5, list[DigestRun]()

    def take(lane: int, run: DigestRun) -> int:
        runs.append(run)
        run._choices[len(runs), (), ()] = object()  # type: ignore[index, assignment]
        return waiting.pop() if waiting else 0

    monkeypatch.setattr(personal, "_take", take)
    monkeypatch.setattr("digest.newsdesk.editions.personal.MOST_HELD", 2)
    assert not personal.compose_waiting(lambda: None)
    assert len(runs) == 5 + personal.LANES
    assert max(runs.count(each) for each in runs) == 3
