"""Over every document of the labelled data: no entry that says something of its own vanishes."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.intake.articles.core.prepare import Origin, prepare
from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import Entry

URL = "https://feed.example/dir/feed.xml"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
DATA = os.environ.get("DIGEST_DATA")
pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DATA, reason="DIGEST_DATA is not set"),
]


def documents() -> Iterator[tuple[str, tuple[Entry, ...]]]:
    folder = Path(DATA or "") / "feeds"
    for each in json.loads((folder / "manifest.json").read_text()):
        found = read((folder / each["path"]).read_bytes(), {}, URL)
        if isinstance(found, NewEntries):
            yield each["path"], found.parsed.entries


def test_every_entry_with_words_of_its_own_becomes_an_article() -> None:
    """Left out are those without any words, and repeats: the same words under the same link."""
    entries = blank = repeats = articles = 0
    for path, found in documents():
        telling = [each for each in found if each.title or each.summary or each.content]
        told = {
            (each.url.partition("#")[0] or each.id, each.title, each.summary, each.content)
            for each in telling
        }
        made = {each.url_hash for each in prepare(found, Origin(URL, "X", "en"), NOW)}
        assert len(made) >= len(told), path
        entries, articles = entries + len(found), articles + len(made)
        blank, repeats = blank + len(found) - len(telling), repeats + len(telling) - len(told)
    print(f"\nentries {entries}: without words {blank}, repeats {repeats}, articles {articles}")
    assert articles >= 5_000
