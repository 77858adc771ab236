"""Words of others never become a mail's markup, whichever template says them."""

import re
from dataclasses import replace

import pytest

from digest.audience.core.languages import SPOKEN
from digest.outbound.channels.email import words
from digest.outbound.messages.environment import TEMPLATES
from tests.outbound.samples import EDITION, LEAD, NEWSROOM

HOSTILE = '"><img src=x onerror=alert(1)><b>'
_IMPORT = re.compile(r'\{% from "[^"]+\.txt" import ([^%]+?)(?: with context)? %\}')


def hostile(name: str) -> str:
    return f"{name} {HOSTILE}"


@pytest.mark.parametrize("language", sorted(SPOKEN))
@pytest.mark.parametrize("kind", ["personal", "newsletter"])
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_outlets_agencies_credits_and_sections_are_words(
    language: str, kind: str, count: int
) -> None:
    """By their number, for a single outlet is named elsewhere than the first of many."""
    assert LEAD.picture is not None
    picture = replace(LEAD.picture, credit=hostile("Photographer"))
    item = replace(
        LEAD, source_count=count, agency=hostile("Agency"), section=hostile("Section"),
        picture=picture, news=hostile("News"), headline=hostile("Headline"),
    )  # fmt: skip
    items = tuple(
        replace(item, story=f"00000000-0000-0000-0000-00000000000{number}", sources=sources)
        for number, sources in enumerate(
            [(hostile("One"),), (hostile("One"), hostile("Two"), hostile("Three")), ()], 1
        )
    )
    content = replace(EDITION, items=items, language=language, kind=kind, title=hostile("Title"))
    html = words.edition(content, replace(NEWSROOM, name=hostile("Newsroom"))).fields["html"]
    assert "<img src=x" not in html
    assert "onerror=alert(1)&gt;" in html


def test_what_comes_from_templates_of_plain_text_is_escaped_where_it_is_markup() -> None:
    """They say things unescaped, and a macro's result counts as markup where markup calls it."""
    seen = 0
    for path in sorted([*TEMPLATES.rglob("*.mjml"), *TEMPLATES.rglob("*.html")]):
        source = path.read_text("utf-8")
        for found in _IMPORT.finditer(source):
            for name in (each.strip() for each in found[1].split(",")):
                calls = re.findall(rf"(?<![\w.]){name}\((?:[^()]|\([^()]*\))*\)([^,%}}]*)", source)
                assert calls, (path, name)
                assert all("| forceescape" in after for after in calls), (path, name)
                seen += 1
    assert seen
