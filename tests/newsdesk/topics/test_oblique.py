"""The queries on headlines that say things sideways; ``kept`` ones nothing was tuned by."""

import json
from pathlib import Path

import pytest

from digest.newsdesk.topics.query.aliases import expand, parse_aliases
from digest.newsdesk.topics.query.analysis import ArticleText
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.teaching.sample_set import sample_aliases, sample_topics

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "oblique.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def matcher() -> Matcher[str]:
    aliases = parse_aliases(sample_aliases().splitlines())
    return Matcher({each.slug: expand(parse(each.query), aliases) for each in sample_topics()})


@pytest.mark.parametrize("half", ["tuned", "kept"])
def test_what_a_query_takes_of_oblique_headlines_is_seldom_wrong(
    matcher: Matcher[str], half: str
) -> None:
    right = extra = wanted = 0
    for row in ROWS:
        if row["half"] != half:
            continue
        taken = set(matcher.match(ArticleText(row["title"], row["text"], row["lang"])))
        right += len(taken & set(row["topics"]))
        extra += len(taken - set(row["topics"]) - set(row["either"]))
        wanted += len(row["topics"])
    assert right / (right + extra) >= 0.9
    assert right / wanted >= 0.4


def test_satellites_are_no_doctors(matcher: Matcher[str]) -> None:
    title = "Seoul protests after GPS signals jammed near western islands"
    assert "health-and-medicine" not in matcher.match(ArticleText(title, "", "en"))
