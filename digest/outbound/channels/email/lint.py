"""What an editor should know about a mail before it goes (pure)."""

from html.parser import HTMLParser

from digest.outbound.messages.links import web_link
from digest.outbound.messages.lint import Remark, grave, minor
from digest.outbound.messages.message import PREFERENCES, UNSUBSCRIBE, Words

# Gmail cuts a mail off at about 102 kB of HTML; readers' own links and relays add to ours.
HTML_LIMIT = 85_000
SUBJECT_SHOWN = 70
PREHEADER_LEAST = 30


def lint(words: Words) -> list[Remark]:
    """Remarks on a mail's subject, size, pictures and links."""
    fields, found = words.fields, list[Remark]()
    size = len(fields["html"].encode())
    if size > HTML_LIMIT:
        found.append(grave("The mail is too long: Gmail hides its end. Take out an item."))
    if not fields["subject"].strip():
        found.append(grave("The subject is empty."))
    elif len(fields["subject"]) > SUBJECT_SHOWN:
        found.append(minor(f"The subject has {len(fields['subject'])} characters; phones cut it."))
    if len(fields["preheader"]) < PREHEADER_LEAST:
        found.append(
            minor("The line after the subject is short; mailboxes fill it up with the mail.")
        )
    if not fields["text"].strip():
        found.append(grave("The mail says nothing to readers who read plain text."))
    page = _Page()
    page.feed(fields["html"])
    found += page.findings()
    if fields.get("list_id"):
        for part, which in (("text", " as plain text"), ("html", "")):
            for link, name in ((UNSUBSCRIBE, "unsubscribe"), (PREFERENCES, "change preferences")):
                if link not in fields[part]:
                    found.append(grave(f"The mail{which} has no link to {name}."))
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
                self._found.append(grave("A picture has no words for those who cannot see it."))
            if not web_link(given.get("src", "")):
                self._found.append(grave("A picture cannot be shown: it is not on the web."))
            if given.get("width", "0").isdecimal() and int(given.get("width", "0")) > 600:
                self._found.append(minor("A picture is wider than the mail."))
        elif tag == "a" and not web_link(given.get("href", "")):
            self._found.append(grave(f"A link leads nowhere: “{given.get('href', '')[:80]}”."))
        elif tag in ("script", "iframe", "form", "object"):
            self._found.append(grave("The mail holds a form or a program, which mailboxes refuse."))

    def findings(self) -> list[Remark]:
        """What was found, each remark once."""
        return list(dict.fromkeys(self._found))
