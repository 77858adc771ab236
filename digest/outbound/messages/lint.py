"""What an editor should know before a message goes. Pure: content in, remarks out.

What is peculiar to a channel's words is judged in its folder.
"""

from dataclasses import dataclass

from digest.kit.text import one_line
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.messages.links import web_link


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark. ``grave``: it should not go like this; otherwise, worth a look."""

    grave: bool
    text: str


def grave(text: str) -> Remark:
    """It should not go like this."""
    return Remark(True, text)


def minor(text: str) -> Remark:
    """Worth a look."""
    return Remark(False, text)


def of_content(content: EditionContent) -> list[Remark]:
    """What holds of an edition on every channel."""
    found = list[Remark]()
    if not content.items:
        found.append(grave("There is nothing in it."))
    for number, item in enumerate(content.items, 1):
        if item.picture is not None and not one_line(item.picture.credit):
            found.append(grave(f"Item {number}: the picture has no credit."))
        if item.picture is not None and not one_line(item.picture.alt):
            found.append(minor(f"Item {number}: the picture is not described."))
        if not (item.sources or item.agency):
            found.append(grave(f"Item {number}: no source is named."))
        if not web_link(item.url):
            found.append(minor(f"Item {number}: no link to an article."))
    headlines = [item.headline.casefold().strip() for item in content.items]
    if len(set(headlines)) < len(headlines):
        found.append(minor("Two items have the same headline."))
    return found
