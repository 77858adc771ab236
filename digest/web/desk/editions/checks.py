"""Before it goes: the findings on an edition's words, and what was found in order. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.rendering import lint
from digest.outbound.messages.lint import Remark
from digest.web.desk.kept import KeptValues
from digest.web.desk.previews import Previews

_judged: KeptValues[tuple["Check", ...]] = KeptValues(300)
_ITEM = re.compile(r"Item (\d+)")


@dataclass(frozen=True, slots=True)
class Check:
    """One line: ``level`` is stop (it should not go like this), warn or fine."""

    level: str
    words: str


def checks(content: EditionContent, previews: Previews) -> tuple[Check, ...]:
    """The findings, grave ones first, then what is in order. An item's words are judged once."""
    if previews.problem:
        return (Check("stop", previews.problem),)
    shown = tuple((each.name, each.preview) for each in previews.shown)
    return _judged.get((repr(content), shown), lambda: _checks(content, previews))


def _checks(content: EditionContent, previews: Previews) -> tuple[Check, ...]:
    found = [
        finding
        for index, each in enumerate(previews.shown)
        for finding in lint(each.words, content if index == 0 else None)
    ]
    return (*_once_each(found), *_in_order(content, previews))


def _once_each(found: Sequence[Remark]) -> list[Check]:
    """Findings that differ in the item alone become one line, the grave ones first."""
    alike: dict[tuple[bool, str], list[str]] = {}
    for finding in sorted(found, key=lambda each: not each.grave):
        item, rest = _item_of(finding.text.rstrip("."))
        items = alike.setdefault((finding.grave, rest), [])
        if item and item not in items:
            items.append(item)
    return [
        Check("stop" if grave else "warn", f"{_named(items)}{rest}")
        for (grave, rest), items in alike.items()
    ]


def _item_of(text: str) -> tuple[str, str]:
    match = _ITEM.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _named(items: Sequence[str]) -> str:
    """``Item 2``, ``Items 2 and 3``, ``Items 1, 2 and 5``; nothing for none."""
    if len(items) < 2:
        return "".join(f"Item {item}" for item in items)
    return f"Items {', '.join(items[:-1])} and {items[-1]}"


def _in_order(content: EditionContent, previews: Previews) -> tuple[Check, ...]:
    fine = [each.preview.fine for each in previews.shown if each.preview.fine]
    pictures = [item.picture for item in content.items if item.picture]
    if pictures and all(picture.alt and picture.credit for picture in pictures):
        fine.append("all pictures are described and credited")
    if content.items and all(item.url.startswith("https://") for item in content.items):
        fine.append("all articles are on https")
    return (Check("fine", ", ".join(fine)),) if fine else ()
