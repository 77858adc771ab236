"""In mails that read from right to left, what was put into a sentence keeps its own order.

``+65…67`` would end with its plus there, ``$5`` with its sign, and a name with what it begins with.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from html import unescape
from html.parser import HTMLParser

import pytest

from digest.audience.core.languages import SPOKEN
from digest.outbound.channels import registry
from digest.outbound.channels.rendering import (
    NoWords,
    render_alert,
    render_confirmation,
    render_edition,
    render_service,
)
from digest.outbound.messages.fit import fit
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import ServiceContent, ServiceKind
from tests.outbound.messages.test_accessible_mail import Kind, every_kind
from tests.outbound.samples import ALERT, CONFIRM_THIS, EDITION, LEAD, NEWSROOM

_ISOLATE = re.compile("[\u2066-\u2068][^\u2066-\u2069]*\u2069")
_MARKS = re.compile("[\u2066-\u2069]")
_ARABIC = re.compile("[\u0600-\u06ff]")
# Letters of the other order, and signs that go with the number or name beside them.
_OTHER_ORDER = re.compile(r"[A-Za-z]+|[+$€£@]\S*")
_LINK = re.compile(r"https?://\S+")
_BLOCKS = frozenset({"p", "h1", "h2", "h3", "td", "div", "body"})


class Blocks(HTMLParser):
    """The text of each part of a mail that is ordered by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, int]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" and self._open:  # what follows is a line of its own
            self.texts.append("")
            self._open = [(each, len(self.texts) - 1) for each, _ in self._open]
        if tag in {"img", "meta", "br", "link"}:
            return
        own = tag in _BLOCKS or "dir" in dict(attrs)
        if own:
            self.texts.append("")
        place = len(self.texts) - 1 if own or not self._open else self._open[-1][1]
        self._open.append((tag, place))

    def handle_endtag(self, tag: str) -> None:
        if tag in (each for each, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] not in {"style", "title"}:
            self.texts[self._open[-1][1]] += data


def lines(words: Words) -> list[str]:
    """What is ordered by itself: blocks of the HTML, lines of the text without their links."""
    text = _LINK.sub("", words.fields["text"]).splitlines()
    return [*Blocks(words.fields["html"]).texts, *text]


def astray(line: str) -> list[str]:
    """What of a line of Arabic would take its order."""
    while (rest := _ISOLATE.sub("", line)) != line:
        line = rest
    assert not _MARKS.search(line), "an isolate is not closed where it began"
    return _OTHER_ORDER.findall(line) if _ARABIC.search(line) else []


@every_kind
def test_nothing_put_into_a_sentence_takes_the_order_around_it(kind: Kind) -> None:
    found = [(line, astray(line)) for line in lines(kind("ar"))]
    assert [each for each in found if each[1]] == []
    assert any(_ARABIC.search(line) for line, _ in found)


@pytest.mark.parametrize("language", sorted(set(SPOKEN) - {"ar"}))
@every_kind
def test_no_other_language_has_such_marks(kind: Kind, language: str) -> None:
    words = kind(language)
    assert not any(_MARKS.search(str(each)) for each in words.fields.values())


@every_kind
def test_no_header_has_them(kind: Kind) -> None:
    fields = kind("ar").fields
    assert not any(_MARKS.search(fields[name]) for name in ("subject", "list_name", "preheader"))


@pytest.mark.parametrize("masked", ["+65…67", "a…@new.example", "@room:…"])
def test_a_masked_address_reads_as_it_is_written(masked: str) -> None:
    words = render_service(ServiceContent("ar", ServiceKind.NOTICE, masked), "email", NEWSROOM)
    for part in ("text", "html"):
        assert f"\u2068{masked}\u2069" in words.fields[part]


def test_names_and_prices_in_a_list_stand_each_for_itself() -> None:
    names = ("Yahoo!", "$5 Daily", "+972 Magazine", "الجزيرة")
    item = replace(LEAD, sources=names, source_count=4, agency="")
    content = replace(
        EDITION, language="ar", kind="personal", items=(item,), topics=names, title="$5 a day"
    )
    words = render_edition(content, "email", NEWSROOM)
    assert [each for each in map(astray, lines(words)) if each] == []
    for name in names:
        assert f"\u2068{name}\u2069" in words.fields["html"]


def elsewhere(channel: str) -> Iterator[Words]:
    """All that a channel without pages of its own says to somebody who reads Arabic."""
    told = replace(
        LEAD, is_update=True, news="All 214 are safe!", news_since="2024-10-04T22:40:00+00:00"
    )
    items = (told, *EDITION.items[1:])
    made: list[Callable[[], Words]] = [
        lambda: render_edition(
            replace(EDITION, language="ar", items=items, revision=2), channel, NEWSROOM
        ),
        lambda: render_edition(
            replace(EDITION, language="ar", kind="personal", items=items), channel, NEWSROOM
        ),
        *(
            partial(render_alert, replace(ALERT, language="ar", kind=kind), channel, NEWSROOM)
            for kind in ("first", "correction", "withdrawal", "held")
        ),
        lambda: render_alert(
            replace(ALERT, language="ar", summary="", sources=("Yahoo!", "$5 Daily")),
            channel, NEWSROOM,
        ),
        lambda: render_confirmation(replace(CONFIRM_THIS, language="ar"), channel, NEWSROOM),
        *(
            partial(render_service, ServiceContent("ar", kind, "+65…67"), channel, NEWSROOM)
            for kind in ServiceKind
        ),
    ]  # fmt: skip
    for each in made:
        with suppress(NoWords):
            yield each()


def texts(value: object) -> Iterator[str]:
    """The lines of all texts in a channel's form, without its tags, links and own marks."""
    if isinstance(value, str):
        words = re.sub(r"</?(?:p|li|ol|h\d|br|div|blockquote)\b[^>]*>", "\n", value)
        words = unescape(re.sub(r"</?\w+[^>]*>|\{\{\w+\}\}", "", words))
        # What a reader answers with is ours, and stands in the sentence as it was translated.
        words = re.sub(r"/(?:topics|stop)\b|\b(?:STOP|WhatsApp)\b", "", words)
        yield from _LINK.sub("", words).splitlines()
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


CHATS = sorted(set(registry.names()) - {"email"})


@pytest.mark.parametrize("channel", CHATS)
def test_chats_and_notifications_keep_the_order_of_what_they_tell_too(channel: str) -> None:
    said = [each for words in elsewhere(channel) for each in texts(dict(words.fields))]
    assert any(_ARABIC.search(line) for line in said)
    assert [(line, found) for line in said if (found := astray(line))] == []


@pytest.mark.parametrize("limit", range(10, 60))
def test_what_is_cut_ends_what_it_began(limit: int) -> None:
    said = f"\u0645\u0646\u0630 \u0623\u0645\u0633: \u2068All 214 are {'safe ' * 9}\u2069."
    cut = fit(said, limit)
    assert len(cut) <= limit
    assert cut.count("\u2068") == cut.count("\u2069")
