"""An embedding model as further evidence on stories in two languages: a plug-in, never needed.

No real model is measured here: the fake's word list shows that the rule works, not how well.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from django.core import checks
from hypothesis import given
from hypothesis import strategies as some
from structlog.testing import CapturingLogger

from digest.kit.doctor.finding import WARNING
from digest.management.examination.configuration import configuration
from digest.models import Article
from digest.newsdesk.stories import embeddings as room
from digest.newsdesk.stories import memory, mend
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.cross import Crossed, cross
from digest.newsdesk.stories.embeddings import REST, Embeddings, installed
from digest.newsdesk.stories.languages.crossing import (
    ENOUGH,
    ComparedStory,
    Crossing,
    crossings,
    near,
    verdict,
)
from digest.newsdesk.stories.languages.embedder import Embedder, Unusable, find, load
from tests.fakes.embedder import Bilingual, Failing, answering
from tests.newsdesk.desk import editor
from tests.newsdesk.stories.test_crossing import LABELLED, NAMES, stories_of
from tests.newsdesk.wire import NOON, article
from workers.newsdesk import assign as assign_task

BUILT_IN = "digest.newsdesk.stories.languages.sentence_transformer:LocalModel"
FAKE = "tests.fakes.embedder:Bilingual"
ENGLISH = "Tremor shakes Kahramanmaras and Gaziantep"
KOREAN = "카흐라만마라쉬와 가지안테프 지진"
# The same two places, and something else.
GOLF = "카흐라만마라쉬와 가지안테프 골프"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    logger = CapturingLogger()
    monkeypatch.setattr(room, "log", logger)
    return logger


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    memory.forget()
    installed.cache_clear()
    yield
    installed.cache_clear()


def warnings(said: CapturingLogger) -> list[str]:
    return [call.kwargs["reason"] for call in said.calls if call.method_name == "warning"]


# --- The rule


def labelled() -> tuple[list[ComparedStory], list[str]]:
    rows = [json.loads(line) for line in LABELLED.read_text().splitlines()]
    told = [
        ComparedStory(n, row["hour"] * 3600, row["language"], row["text"])
        for n, row in enumerate(rows)
    ]
    return told, [row["event"] for row in rows]


def events(found: tuple[Crossing, ...], event: list[str]) -> set[str]:
    assert all(event[pair.one] == event[pair.other] for pair in found)
    return {event[pair.one] for pair in found}


def test_what_is_alike_is_joined_by_less_and_nothing_wrong_comes_with_it() -> None:
    told, event = labelled()
    vectors = Embeddings(Bilingual).of(
        each.text for pair in near(told, NAMES) for each in (pair.one, pair.other)
    )
    without = events(crossings(told, NAMES), event)
    found = crossings(told, NAMES, vectors=vectors)
    joined = events(found, event)
    several = [each for each, count in Counter(event).items() if count > 1]
    print(f"with a fake of our own: {len(joined)} of {len(several)}, without {len(without)}")
    assert {"macron", "missile", "match", "fed"} <= joined - without
    assert without <= joined


def test_two_happenings_of_one_kind_are_not_joined_by_likeness_alone() -> None:
    one = ComparedStory(1, 0, "en", "A missile was fired in talks")
    other = ComparedStory(2, 0, "ko", "미사일 회담 발사")
    vectors = {each.text: np.array([1, 0], np.float32) for each in (one, other)}
    assert not crossings([one, other], vectors=vectors)


def test_below_the_threshold_nothing_is_joined_that_would_not_be_without_a_model() -> None:
    told = [ComparedStory(1, 0, "en", ENGLISH), ComparedStory(2, 60, "ko", KOREAN)]
    for cosine, joined in ((0.79, False), (0.81, True)):
        angle = np.arccos(cosine)
        vectors = {
            ENGLISH: np.array([1, 0], np.float32),
            KOREAN: np.array([np.cos(angle), np.sin(angle)], np.float32),
        }
        found = crossings(told, vectors=vectors, alike=0.8)
        assert bool(found) == joined
        assert not joined or found[0].cosine == pytest.approx(cosine, abs=1e-3)


@given(
    some.floats(0, 9), some.integers(0, 5), some.none() | some.floats(-1, 1), some.floats(0.01, 1)
)
def test_a_model_only_ever_adds_to_names_and_numbers(
    weight: float, shared: int, cosine: float | None, alike: float
) -> None:
    plain = verdict(weight, shared, None, alike)
    told = verdict(weight, shared, cosine, alike)
    if cosine is None or cosine < alike:
        assert told == plain
    elif plain is not None:
        assert told == plain * 2
    elif told is not None:
        assert weight >= ENOUGH / 2 and shared


# --- Asking, and being let down


def test_a_text_is_asked_about_once_and_in_batches() -> None:
    fake = Bilingual()
    asked = Embeddings(lambda: fake)
    texts = [f"report number {n}" for n in range(150)]
    first = asked.of(texts)
    assert set(first) == set(texts)
    assert [len(batch) for batch in fake.asked] == [4, 64, 64, 18]
    asked.of([*texts, "one more"])
    assert fake.asked[4:] == [["one more"]]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_KEPT", 10)
    fake = Bilingual()
    asked = Embeddings(lambda: fake)
    asked.of([f"report {n}" for n in range(10)])
    asked.of(["report 0", "newest"])
    before = len(fake.asked)
    asked.of(["report 0", "newest"])
    assert len(fake.asked) == before
    asked.of(["report 1"])
    assert fake.asked[before:] == [["report 1"]]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.ones((1, 3), np.float32), "shape (1, 3) for 2 texts"),
        (np.ones(2, np.float32), "shape (2,)"),
        (np.ones((2, 0), np.float32), "shape (2, 0)"),
        (np.full((2, 3), np.nan, np.float32), "not of length 1"),
        (np.full((2, 3), np.inf, np.float32), "not of length 1"),
        (np.zeros((2, 3), np.float32), "not of length 1"),
        (np.full((2, 3), 5, np.float32), "not of length 1"),
        (np.eye(2, dtype=int), "int64"),
        (None, "shape ()"),
        ([[1.0], [1.0, 2.0]], "ValueError"),
        (np.array([["a"], ["b"]]), "numbers like float32"),
    ],
)
def test_what_is_no_vector_is_refused(rows: Any, words: str, said: CapturingLogger) -> None:
    assert Embeddings(lambda: answering(rows)).of(["one", "other"]) == {}
    (reason,) = warnings(said)
    assert words in reason


def test_vectors_of_another_width_are_refused(said: CapturingLogger) -> None:
    widths = iter((3, 4))
    fake = answering(lambda count: np.eye(count, next(widths), dtype=np.float32))
    asked = Embeddings(lambda: fake)
    assert asked.of(["one"]) and not asked.of(["other"])
    assert warnings(said) == ["Unusable: It gave 4 numbers a text after 3."]


def test_a_failing_embedder_is_left_alone_for_a_while_and_told_of_once(
    said: CapturingLogger,
) -> None:
    time = [0.0]
    fake = Failing()
    asked = Embeddings(lambda: fake, clock=lambda: time[0])
    for _ in range(3):
        assert asked.of(["one"]) == {}
    assert len(fake.asked) == 1
    time[0] += REST
    assert asked.of(["one"]) == {}
    assert len(fake.asked) == 2
    assert warnings(said) == ["RuntimeError: out of memory"]


# --- Finding one by its name


def test_a_factory_is_found_by_its_path_and_given_the_name_of_the_model() -> None:
    assert load(FAKE, "bilingual").name == "bilingual"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("tests.fakes.embedder", "write it as package.module:factory"),
        (":Bilingual", "write it as package.module:factory"),
        ("no.such.package:factory", "No module named 'no'.; install its package"),
        (".relative:factory", "cannot be imported"),
        ("tests.fakes.embedder:Missing", "has no attribute 'Missing'"),
        ("tests.fakes.embedder:NOT_CALLABLE", "must be callable"),
        ("tests.fakes.embedder:NotInstalled", "pip install polyglot"),
    ],
)
def test_an_embedder_that_cannot_be_had_is_told_with_a_remedy(
    path: str, words: str, settings: Any
) -> None:
    with pytest.raises(Unusable, match=words):
        find(path)
    settings.DIGEST_EMBEDDER = path
    settings.DIGEST_CROSS_LANGUAGES = True
    (found,) = [each for each in configuration(settings) if "digest.W002" in each.what]
    assert found.state == WARNING and re.search(words, found.what) and found.remedy


def test_the_checks_are_silent_without_an_embedder_and_with_a_sound_one(settings: Any) -> None:
    settings.DIGEST_CROSS_LANGUAGES = True
    for path in ("", "none", FAKE):
        settings.DIGEST_EMBEDDER = path
        assert not [
            each for each in checks.run_checks() if each.id in {"digest.W002", "digest.W003"}
        ]
    settings.DIGEST_CROSS_LANGUAGES = False
    assert [each for each in checks.run_checks() if each.id == "digest.W003"]


# --- The adapter for sentence-transformers; its package is not installed for the tests


class Model:
    """The part of ``SentenceTransformer`` that is used, with its own names of arguments."""

    def __init__(self, model_name_or_path: str, *, local_files_only: bool, trust_remote_code: bool):
        assert local_files_only and not trust_remote_code
        if model_name_or_path == "nowhere":
            raise OSError("nowhere is not a local folder")

    def encode(
        self,
        sentences: list[str],
        *,
        normalize_embeddings: bool,
        convert_to_numpy: bool,
        show_progress_bar: bool,
    ) -> Any:
        assert isinstance(sentences, list)
        assert normalize_embeddings and convert_to_numpy and not show_progress_bar
        return np.eye(len(sentences), 4, dtype=np.float32)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("sentence_transformers")
    module.__spec__ = sys.__spec__
    module.SentenceTransformer, module.__version__ = Model, "5.0"
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)


@pytest.mark.usefixtures("package")
def test_the_adapter_reads_a_model_from_disk_and_downloads_nothing() -> None:
    model: Embedder = load(BUILT_IN, "")
    assert "multilingual" in model.name
    assert model.version == "sentence-transformers 5.0"
    found = Embeddings(lambda: model).of(["one", "other"])
    assert [row.argmax() for row in found.values()] == [0, 1]
    assert load(BUILT_IN, "/models/ours").name == "/models/ours"
    with pytest.raises(Unusable, match=r"fetch it once as .*SentenceTransformer\('nowhere'\)"):
        load(BUILT_IN, "nowhere")


def test_without_the_extra_the_adapter_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(Unusable, match=r"pip install 'digest-newsroom\[embeddings\]'"):
        find(BUILT_IN)


# --- The step
pytestmark = pytest.mark.usefixtures("apart")


def quake(korean: str = KOREAN) -> tuple[list[Article], list[Article]]:
    return [article(ENGLISH)], [article(korean, 9, language="ko")]


def crossed(asked: Embeddings | None, *articles: Article) -> Crossed:
    return cross([*stories_of(list(articles))], now=NOON, embeddings=asked)


@pytest.mark.django_db
def test_a_model_joins_what_names_and_numbers_alone_leave_apart() -> None:
    english, korean = quake()
    placed = assign(now=NOON)
    assert not cross(placed.story_ids, now=NOON).pairs
    (pair,) = crossed(Embeddings(Bilingual), *english, *korean).pairs
    assert pair.cosine == pytest.approx(1)
    assign(now=NOON)
    assert len(stories_of([*english, *korean])) == 1


@pytest.mark.django_db
def test_a_model_leaves_apart_what_only_shares_its_places() -> None:
    english, korean = quake(GOLF)
    assign(now=NOON)
    fake = Bilingual()
    assert not crossed(Embeddings(lambda: fake), *english, *korean).pairs
    assert fake.asked


@pytest.mark.django_db
def test_a_model_is_not_asked_about_stories_that_share_nothing() -> None:
    one, other = quake("산골 마을 지진")
    assign(now=NOON)
    fake = Bilingual()
    assert not crossed(Embeddings(lambda: fake), *one, *other).pairs
    assert not fake.asked


@pytest.mark.django_db(transaction=True)
def test_a_model_is_asked_before_the_transaction() -> None:
    english, korean = quake()
    assign(now=NOON)
    fake = Bilingual()
    assert crossed(Embeddings(lambda: fake), *english, *korean).pairs
    assert fake.inside == [False]


@pytest.mark.django_db
def test_an_editor_who_parts_them_is_not_overruled_by_a_model() -> None:
    english, korean = quake()
    assign(now=NOON)
    asked = Embeddings(Bilingual)
    crossed(asked, *english, *korean)
    assign(now=NOON)
    (home,) = stories_of([*english, *korean])
    mend.split(home, [each.pk for each in korean], member=editor(), now=NOON)
    assign(now=NOON)
    assert not crossed(asked, *english, *korean).pairs
    memory.forget()
    assign(now=NOON)
    assert stories_of(english).isdisjoint(stories_of(korean))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "wished", "joined"),
    [
        ("none", True, False),
        (FAKE, True, True),
        (FAKE, False, False),
        ("tests.fakes.embedder:Failing", True, False),
        ("no.such.package:factory", True, False),
    ],
)
def test_the_worker_groups_on_whatever_becomes_of_the_embedder(
    path: str, wished: bool, joined: bool, settings: Any, said: CapturingLogger
) -> None:
    settings.DIGEST_CROSS_LANGUAGES = wished
    settings.DIGEST_EMBEDDER = path
    english, korean = quake()
    assert assign_task() == 2
    assign_task()
    assert (len(stories_of([*english, *korean])) == 1) == joined
    assert bool(warnings(said)) == (wished and path not in {"none", FAKE})
