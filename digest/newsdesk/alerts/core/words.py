"""What an alert may say. It is read in one glance, on a lock screen. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from digest.kit.errors import ActionRefused
from digest.kit.text import cut, one_line

HEADLINE_LIMIT = 120
SUMMARY_LIMIT = 240
# A full stop ends a sentence when a space and a capital (or a quote) follow a word of some
# length: "U.S. troops" and "No. 10" do not.
_END = re.compile(r"(?<=[^\W\d_]{3})[.!?…](?=[\s\"'”’»)]+[^\W\d_a-z])|[。！？]")


class AlertRefused(ActionRefused, ValueError):
    """The alert cannot be changed or sent like that; the text names the remedy."""


@dataclass(frozen=True, slots=True)
class AlertWords:
    """A headline of at most 120 characters and a summary of one sentence, one line each."""

    headline: str
    summary: str


def checked(headline: str, summary: str) -> AlertWords:
    """Each made one line; raises :class:`AlertRefused` when they are empty or too long."""
    words = AlertWords(one_line(headline), one_line(summary))
    if not words.headline:
        raise AlertRefused("The alert needs a headline.")
    for name, text, limit in (
        ("headline", words.headline, HEADLINE_LIMIT),
        ("summary", words.summary, SUMMARY_LIMIT),
    ):
        if len(text) > limit:
            raise AlertRefused(
                f"The {name} has {len(text)} characters; an alert takes {limit}. Shorten it."
            )
    return words


def checked_others(others: Mapping[str, AlertWords]) -> dict[str, AlertWords]:
    """The same of words in other languages, by tag; what is empty is none.

    Raises :class:`AlertRefused`, which names the language.
    """
    found = {}
    for tag, words in sorted(others.items()):
        if one_line(words.headline) or one_line(words.summary):
            try:
                found[tag] = checked(words.headline, words.summary)
            except AlertRefused as refusal:
                raise AlertRefused(f"In {tag}: {refusal}") from None
    return found


def first_sentence(text: str) -> str:
    """The first sentence of ``text``, at most as long as a summary: a start for the editor."""
    line = one_line(text)
    end = _END.search(line)
    return cut(line[: end.end()] if end else line, SUMMARY_LIMIT)
