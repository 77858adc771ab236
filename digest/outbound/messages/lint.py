"""What an editor should know before a message goes. Pure: words and content in, findings out."""

from dataclasses import dataclass
from html.parser import HTMLParser

from digest.kit.text import one_line
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.messages import slots
from digest.outbound.messages.fit import units
from digest.outbound.messages.links import web_link
from digest.outbound.messages.message import PREFERENCES, UNSUBSCRIBE, Words

# Gmail cuts a mail off at about 102 kB of HTML; readers' own links and relays add to ours.
HTML_LIMIT = 85_000
SUBJECT_SHOWN = 70
PREHEADER_LEAST = 30


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark. ``grave``: it should not go like this; otherwise, worth a look."""

    grave: bool
    text: str


def lint(words: Words, content: EditionContent | None = None) -> tuple[Remark, ...]:
    """Everything worth saying about a message, the grave first. Empty: nothing to say."""
    found = list(_CHECKS[words.channel](words)) if words.channel in _CHECKS else []
    if content is not None:
        found += _content(content)
    return tuple(sorted(found, key=lambda finding: not finding.grave))


def _email(words: Words) -> list[Remark]:
    fields, found = words.fields, list[Remark]()
    size = len(fields["html"].encode())
    if size > HTML_LIMIT:
        found.append(_grave(f"The mail is {size // 1000} kB of HTML; Gmail cuts it off."))
    if not fields["subject"].strip():
        found.append(_grave("The subject is empty."))
    elif len(fields["subject"]) > SUBJECT_SHOWN:
        found.append(_minor(f"The subject has {len(fields['subject'])} characters; phones cut it."))
    if len(fields["preheader"]) < PREHEADER_LEAST:
        found.append(
            _minor("The line after the subject is short; mailboxes fill it up with the mail.")
        )
    if not fields["text"].strip():
        found.append(_grave("The text part is empty."))
    page = _Page()
    page.feed(fields["html"])
    found += page.findings()
    if fields.get("list_id"):
        for part in ("text", "html"):
            for link, name in ((UNSUBSCRIBE, "unsubscribe"), (PREFERENCES, "preferences")):
                if link not in fields[part]:
                    found.append(_grave(f"The {part} part has no {name} link."))
    return found


class _Page(HTMLParser):
    """Reads images and links of a mail."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[Remark] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            if not given.get("alt", "").strip():
                self._found.append(_grave("A picture has no words for those who cannot see it."))
            if not web_link(given.get("src", "")):
                self._found.append(_grave("A picture is not on the web."))
            if given.get("width", "0").isdecimal() and int(given.get("width", "0")) > 600:
                self._found.append(_minor("A picture is wider than the mail."))
        elif tag == "a" and not web_link(given.get("href", "")):
            self._found.append(_grave(f"A link leads nowhere: {given.get('href', '')[:80]!r}."))
        elif tag in ("script", "iframe", "form", "object"):
            self._found.append(_grave(f"The mail holds a <{tag}>."))

    def findings(self) -> list[Remark]:
        """What was found, each remark once."""
        return list(dict.fromkeys(self._found))


def _whatsapp(words: Words) -> list[Remark]:
    fields, found = words.fields, list[Remark]()
    if units(fields["preview"]) > slots.BODY_LIMIT:
        found.append(_grave(f"The template message is longer than {slots.BODY_LIMIT} characters."))
    if units(fields["text"]) > slots.FREE_LIMIT:
        found.append(_grave(f"The free text is longer than {slots.FREE_LIMIT} characters."))
    for number, value in enumerate(fields["slots"], 1):
        if fault := slots.fault_of(value):
            found.append(_grave(f"Slot {number}: {fault}."))
        if "…" in value:
            found.append(_minor(f"Slot {number} is cut: a shorter headline for WhatsApp helps."))
        if number > 1 and words.template.startswith("top_reads") and "https://" not in value:
            found.append(_minor(f"Slot {number} has no https link."))
    if words.template in ("top_reads_1", "top_reads_2"):
        found.append(_minor("Fewer than three items."))
    return found


def _content(content: EditionContent) -> list[Remark]:
    found = list[Remark]()
    if not content.items:
        found.append(_grave("There is nothing in it."))
    for number, item in enumerate(content.items, 1):
        if item.picture is not None and not one_line(item.picture.credit):
            found.append(_grave(f"Item {number}: the picture has no credit."))
        if item.picture is not None and not one_line(item.picture.alt):
            found.append(_minor(f"Item {number}: the picture is not described."))
        if not (item.sources or item.agency):
            found.append(_grave(f"Item {number}: no source is named."))
        if not web_link(item.url):
            found.append(_minor(f"Item {number}: no link to an article."))
    headlines = [item.headline.casefold().strip() for item in content.items]
    if len(set(headlines)) < len(headlines):
        found.append(_minor("Two items have the same headline."))
    return found


def _grave(text: str) -> Remark:
    return Remark(True, text)


def _minor(text: str) -> Remark:
    return Remark(False, text)


_CHECKS = {"email": _email, "whatsapp": _whatsapp}
