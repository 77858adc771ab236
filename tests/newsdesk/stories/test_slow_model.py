"""A language model that is slow holds a step up for seconds, and is asked for the rest later."""

from collections.abc import Iterator
from typing import Any

import pytest

from digest.newsdesk.stories import memory
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.cross import cross
from digest.newsdesk.stories.embeddings import Embeddings
from tests.fakes.embedder import Bilingual
from tests.newsdesk.wire import NOON, article


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    memory.forget()
    yield


def _word(n: int) -> str:
    return "".join("bdfgklmnprst"[n // 12**at % 12] + "aeiou"[(n + at) % 5] for at in range(4))


_KOREAN = "강산들달별꽃물불숲길"


class Slow(Bilingual):
    """Takes ``each`` seconds of ``clock`` for a text."""

    def __init__(self, each: float) -> None:
        super().__init__()
        self.each, self.spent = each, 0.0

    def clock(self) -> float:
        return self.spent

    def embed(self, texts: Any) -> Any:
        self.spent += self.each * len(texts)
        return super().embed(texts)


@pytest.mark.parametrize("each", [0.06, 0.9])
def test_a_slow_model_is_asked_for_as_much_as_there_is_time(each: float) -> None:
    """And for more the next time."""
    slow = Slow(each)
    asked = Embeddings(lambda: slow, clock=slow.clock)
    texts = [f"report {n}" for n in range(300)]
    found = list(asked.of(texts, within=5))
    assert found == texts[: len(found)] and 4 <= len(found) < 300
    assert slow.spent <= 5 + each
    assert len(asked.of(texts, within=5)) > len(found)
    assert slow.spent <= 10 + 2 * each


def test_a_model_that_was_slow_once_is_asked_again() -> None:
    slow = Slow(60.0)
    asked = Embeddings(lambda: slow, clock=slow.clock)
    texts = [f"report {n}" for n in range(200)]
    assert len(asked.of(texts)) == 4
    slow.each = 0.001
    assert len(asked.of(texts)) == 200


@pytest.mark.django_db
def test_a_step_asks_a_slow_model_for_seconds_whatever_there_is_to_tell_by() -> None:
    """Strangers of two weeks are hundreds of texts, none of which shares anything."""
    for n in range(40):
        article(f"{_word(n)} {_word(n + 100)} {_word(n + 200)}", n)
        article(f"{_KOREAN[n % 10]}{_KOREAN[n // 10]} {_KOREAN[(n * 7) % 10]}", n, language="ko")
    placed = assign(now=NOON)
    slow = Slow(0.5)
    cross(placed.story_ids, now=NOON, embeddings=Embeddings(lambda: slow, clock=slow.clock))
    assert 1 <= slow.spent <= 3.5
