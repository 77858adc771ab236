"""The topics that come with the service, as a start: queries, aliases and labelled examples."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

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
