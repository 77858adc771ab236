"""A wake-up goes out after the commit, never before, and no failure of it reaches the caller."""

from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from digest.kit import wake

heard: list[tuple[Any, ...]] = []


def listen(stage: str, *ids: int) -> None:
    heard.append((stage, *ids))
    if stage == "broken":
        raise ConnectionError("the broker is gone")


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    heard.clear()
    monkeypatch.setattr(settings, "DIGEST_WAKER", f"{__name__}.listen")


@pytest.mark.django_db(transaction=True)
def test_nobody_is_woken_before_the_row_can_be_seen() -> None:
    with transaction.atomic():
        wake.on_commit("send:alerts", 7, 8)
        assert heard == []
    assert heard == [("send:alerts", 7, 8)]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_woken_for_what_was_rolled_back() -> None:
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        wake.on_commit("tag")
        raise ValueError("no")
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_a_lost_wake_up_holds_up_neither_the_caller_nor_the_next_one() -> None:
    with transaction.atomic():
        wake.on_commit("broken")
        wake.on_commit("tag", 1)
    assert heard == [("broken",), ("tag", 1)]


@pytest.mark.parametrize("waker", ["", "no.such.module.wake"])
def test_without_a_waker_nothing_happens(monkeypatch: pytest.MonkeyPatch, waker: str) -> None:
    monkeypatch.setattr(settings, "DIGEST_WAKER", waker)
    wake.call("tag")
    assert heard == []
