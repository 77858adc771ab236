"""What the last changes' opposites are, per edition, in the editor's own session.

Each step of curate has its opposite; a list of them is all that undoing needs. It is bounded, and
an opposite that has become impossible is refused by the step like any other change.
"""

from typing import Any

from django.http import HttpRequest

MOST = 20


def remember(request: HttpRequest, edition_id: int, act: str, **arguments: Any) -> None:
    """Put the opposite of what was just done on top of the pile."""
    pile = request.session.get(_key(edition_id), [])
    request.session[_key(edition_id)] = [*pile, {"act": act, **arguments}][-MOST:]


def last(request: HttpRequest, edition_id: int) -> dict[str, Any] | None:
    """The opposite of the latest change; None when there is nothing left."""
    pile = request.session.get(_key(edition_id), [])
    return dict(pile[-1]) if pile else None


def forget_last(request: HttpRequest, edition_id: int) -> None:
    """Take the opposite of the latest change off the pile, once it has been done."""
    request.session[_key(edition_id)] = request.session.get(_key(edition_id), [])[:-1]


def left(request: HttpRequest, edition_id: int) -> int:
    """How many changes can be undone."""
    return len(request.session.get(_key(edition_id), []))


def _key(edition_id: int) -> str:
    return f"undo:{edition_id}"
