"""The topics that come with the service, as a start: queries, aliases and labelled examples."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np

from digest.newsdesk.topics.teaching.features import Meaning

_DATA = Path(__file__).parent / "sample"


@dataclass(frozen=True, slots=True)
class SampleTopic:
    """A standing subject with its query; ``names`` in other languages, by tag."""

    slug: str
    name: str
    description: str
    query: str
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabelledExample:
    """A headline and a sentence, invented, and whether they belong to ``topic``.

    Those ``held_out`` were not looked at while the queries were mended.
    """

    topic: str
    belongs: bool
    held_out: bool
    lang: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class FreshHeadline:
    """A report that no query and no setting was made with, and the topics it belongs to.

    ``either`` are topics under which editors may or may not put it, so that neither is a mistake;
    ``near`` are topics that it only sounds like.
    """

    at: datetime
    lang: str
    source: str
    section: str
    title: str
    text: str
    topics: frozenset[str]
    either: frozenset[str]
    near: frozenset[str]


TAUGHT_UNTIL = datetime(2025, 10, 19, tzinfo=UTC)
"""Fresh headlines before this are for teaching, those after it for judging."""


@cache
def sample_topics() -> tuple[SampleTopic, ...]:
    """The topics, in the order in which readers are shown them."""
    rows = json.loads((_DATA / "topics.json").read_text(encoding="utf-8"))
    return tuple(SampleTopic(**{**row, "query": "\n".join(row["query"])}) for row in rows)


@cache
def sample_aliases() -> str:
    """Sets of names, as an editor would write them."""
    return (_DATA / "aliases.txt").read_text(encoding="utf-8")


@cache
def labelled_examples() -> tuple[LabelledExample, ...]:
    """Every example, topic by topic."""
    lines = (_DATA / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(LabelledExample(**json.loads(line)) for line in lines)


@cache
def fresh_headlines() -> tuple[FreshHeadline, ...]:
    """The fresh headlines in order of time."""
    lines = (_DATA / "fresh.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return tuple(
        FreshHeadline(
            **{
                **row,
                "at": datetime.fromisoformat(row["at"]),
                **{name: frozenset(row[name]) for name in ("topics", "either", "near")},
            }
        )
        for row in rows
    )


@cache
def places() -> tuple[tuple[Meaning, ...], tuple[Meaning, ...]]:
    """Where the model of the extra ``languages`` puts each example and each fresh headline.

    Asked once and kept in eight bits a number, so that no newsroom has to ask again.
    """
    with np.load(_DATA / "places.npz", allow_pickle=False) as stored:
        made_by = str(stored["made_by"])
        rows = [stored[name].astype(np.float32) for name in ("examples", "fresh")]
    units = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in rows]
    examples, fresh = (tuple(Meaning(made_by, row) for row in each) for each in units)
    return examples, fresh
