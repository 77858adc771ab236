"""What editors do on the sheet. Every form posts here, and comes back to the sheet."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from digest.kit import clock
from digest.newsdesk.editions import approve, compose, curate, reconcile
from digest.newsdesk.editions.curate import EditionRefused, StaleEdition
from digest.newsdesk.editions.later.plan import plan_change
from digest.newsdesk.editions.lock import locked
from digest.newsdesk.editions.models import Edition, Item, ItemWording
from digest.newsdesk.stories.models import Story
from digest.staff.access import Right
from digest.web.desk import given
from digest.web.desk.editions import undoing
from digest.web.desk.editions.sheet import Problem, Typed, edition_of, sheet
from digest.web.desk.guard import member_of, needs, not_done

# What a form field may hold before the step looks at it; the steps have tighter bounds.
LONGEST = 4000


def _number(request: HttpRequest, name: str) -> int:
    """A whole number from the form; one that is none becomes -1, which no row and version has."""
    return given.number(request.POST.get(name, ""))


def words_of(request: HttpRequest, name: str) -> str:
    """What stands in a field of the form, bounded, and storable."""
    return request.POST.get(name, "")[:LONGEST].replace("\x00", "")


_VERDICTS: dict[str, Callable[..., approve.Decided]] = {
    "approve": approve.approve,
    "reopen": approve.reopen,
    "release": approve.release,
    "stop": approve.stop_rule,
    "let": approve.let_rule,
}


class Change:
    """One change to one edition, as its form asked for it."""

    def __init__(self, request: HttpRequest, public_id: UUID) -> None:
        self.request = request
        self.edition = edition_of(public_id)
        self.lock_version = _number(request, "lock_version")
        self.now = clock.now()
        self.member = member_of(request)

    @property
    def by(self) -> dict[str, Any]:
        """What every step asks for besides its own arguments."""
        return {"lock_version": self.lock_version, "member": self.member, "now": self.now}

    @property
    def who(self) -> dict[str, Any]:
        """What a step asks for that looks for conflicts itself."""
        return {"member": self.member, "now": self.now}

    @property
    def any_version(self) -> dict[str, Any]:
        """For a step on one item, which what others do to other items does not concern.

        Within its transaction: the edition is locked from here on.
        """
        return {**self.by, "lock_version": locked(self.edition.pk, None).lock_version}

    def made(self, step: Callable[[], object], typed: Typed | None = None) -> HttpResponseBase:
        """Run ``step`` and go back to the sheet, or show the sheet with why it was not done.

        ``typed`` are the editor's words, given back in their fields when they could not be saved.
        """
        try:
            with transaction.atomic():
                step()
        except (StaleEdition, EditionRefused) as error:
            theirs = error.theirs if isinstance(error, reconcile.FieldClash) else {}
            if self.request.POST.get("next") and typed is None:
                # The form stands on another page, which has no place for the sheet.
                not_done(self.request, f"Not done: {error}")
                return self.back()
            problem = Problem(str(error), typed, isinstance(error, StaleEdition), theirs)
            return sheet(self.request, edition_of(self.edition.public_id), problem)
        return self.back()

    def back(self) -> HttpResponseBase:
        """To the page the form names, else to the sheet."""
        onward = self.request.POST.get("next", "")
        host = {self.request.get_host()}
        if onward and url_has_allowed_host_and_scheme(onward, allowed_hosts=host):
            # Not `redirect`, which takes a word without a slash for a view's name.
            return HttpResponseRedirect(onward)
        return redirect("desk:sheet", self.edition.public_id)

    def can_undo(self, act: str, **arguments: Any) -> None:
        """Remember the opposite of what was done."""
        undoing.remember(self.request, self.edition.pk, act, **arguments)


@require_POST
@needs(Right.CURATE)
def move(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Move an item up or down, by one place or by as many as it was dragged."""
    change = Change(request, public_id)
    item, by = _number(request, "item"), _number(request, "by")

    def step() -> None:
        before = _places(change.edition)
        if "order" in request.POST:
            seen = words_of(request, "order")
            reconcile.move(change.edition.pk, item, by, seen, **change.who)
        else:
            curate.move(change.edition.pk, item, by, **change.by)
        if _places(change.edition) != before:
            change.can_undo("reorder", items=before)

    return change.made(step)


@require_POST
@needs(Right.CURATE)
def pin(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Pin an item to its place, or let it go."""
    change = Change(request, public_id)
    item, pinned = _number(request, "item"), request.POST.get("pinned") == "1"

    def step() -> None:
        curate.pin(change.edition.pk, item, pinned, **change.any_version)
        change.can_undo("pin", item=item, pinned=not pinned)

    return change.made(step)


@require_POST
@needs(Right.CURATE)
def kill(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Take an item out."""
    change = Change(request, public_id)
    item = _number(request, "item")

    def step() -> None:
        curate.kill(change.edition.pk, item, **change.any_version)
        change.can_undo("revive", item=item)

    return change.made(step)


@require_POST
@needs(Right.CURATE)
def revive(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Bring a killed item back."""
    change = Change(request, public_id)
    item = _number(request, "item")

    def step() -> None:
        curate.revive(change.edition.pk, item, **change.any_version)
        change.can_undo("kill", item=item)

    return change.made(step)


@require_POST
@needs(Right.CURATE)
def reword(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Give an item the editor's own headline and blurb, on one channel or on all."""
    change = Change(request, public_id)
    item, channel = _number(request, "item"), words_of(request, "channel")[:32]
    words = {name: words_of(request, name) for name in ("headline", "blurb")}
    at = words_of(request, "at")[:32]
    typed = Typed(f"{item}-{channel}", (*words.items(), *((("at", at),) if at else ())))
    clear = "clear" in request.POST
    if at and not clear:
        return _for_later(change, "reword", {**words, "channel": channel}, at, typed, item)

    def step() -> None:
        before = ItemWording.objects.filter(item_id=item, channel=channel, language="").first()
        if clear:
            curate.reword(change.edition.pk, item, "", "", channel, **change.any_version)
        else:
            base = {name: words_of(request, f"base_{name}") for name in words}
            if "base_headline" not in request.POST:
                locked(change.edition.pk, change.lock_version)
                base = reconcile.standing_words(
                    reconcile.item_on_sheet(change.edition.pk, item), channel
                )
            reconcile.reword(change.edition.pk, item, words, base, channel, **change.who)
        change.can_undo(
            "reword",
            item=item,
            channel=channel,
            headline=before.headline if before else "",
            blurb=before.blurb if before else "",
        )

    return change.made(step, typed)


@require_POST
@needs(Right.CURATE)
def retitle(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Change the edition's title and introduction."""
    change = Change(request, public_id)
    words = {name: words_of(request, name) for name in ("title", "intro")}
    at = words_of(request, "at")[:32]
    typed = Typed("title", (*words.items(), *((("at", at),) if at else ())))
    if at:
        return _for_later(change, "retitle", words, at, typed)

    def step() -> None:
        before = {"title": change.edition.title, "intro": change.edition.intro}
        base = {name: words_of(request, f"base_{name}") for name in words}
        if "base_title" not in request.POST:
            locked(change.edition.pk, change.lock_version)
            base = before
        reconcile.retitle(change.edition.pk, words, base, **change.who)
        change.can_undo("retitle", **before)

    return change.made(step, typed)


def _for_later(
    change: Change,
    kind: str,
    asked: dict[str, str],
    at: str,
    typed: Typed,
    item: int | None = None,
) -> HttpResponseBase:
    """The words stand from an hour on, and not before: nothing is changed now."""
    names = ("title", "intro") if kind == "retitle" else ("headline", "blurb")
    base = {name: words_of(change.request, f"base_{name}") for name in names}
    return change.made(
        lambda: plan_change(
            change.edition.pk, kind, asked, at, item_id=item, base=base, **change.who
        ),
        typed,
    )


@require_POST
@needs(Right.CURATE)
def add(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Add a story from the wire, whatever else was changed meanwhile; at once, or at an hour."""
    change = Change(request, public_id)
    story = get_object_or_404(Story, public_id=given.uuid(request.POST.get("story", "")))
    at = words_of(request, "at")[:32]

    def step() -> None:
        if at:
            asked = {"story": story.pk}
            planned = plan_change(change.edition.pk, "add", asked, at, **change.who)
            messages.success(request, f"Planned: {planned.says}, in {change.edition.title}.")
            return
        added = curate.add(change.edition.pk, story.pk, **change.any_version)
        change.can_undo("kill", item=added.item_id)
        messages.success(request, f"“{story.headline}” is in {change.edition.title}.")

    return change.made(step)


@require_POST
@needs(Right.CURATE)
def refill(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Fill by rule again around what editors pinned, worded or killed."""
    change = Change(request, public_id)
    return change.made(lambda: compose.refill(change.edition.pk, **change.by))


@require_POST
@needs(Right.CURATE)
def undo(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Do the opposite of the editor's latest change here."""
    change = Change(request, public_id)

    def step() -> None:
        opposite = undoing.last(request, change.edition.pk)
        if opposite is None:
            raise EditionRefused("There is nothing of yours left to undo here.")
        _opposite(change, opposite)
        undoing.forget_last(request, change.edition.pk)

    return change.made(step)


@require_POST
@needs(Right.APPROVE)
def decide(request: HttpRequest, public_id: UUID, verdict: str) -> HttpResponseBase:
    """Approve, reopen, release or skip it; stop the rule, or let it."""
    change = Change(request, public_id)
    edition_id = change.edition.pk

    def step() -> None:
        if verdict == "skip":
            approve.skip(edition_id, words_of(request, "reason"), **change.by)
        else:
            _VERDICTS[verdict](edition_id, **change.by)

    return change.made(step)


def _opposite(change: Change, opposite: dict[str, Any]) -> None:
    edition_id, by = change.edition.pk, change.by
    match opposite:
        case {"act": "reorder", "items": items}:
            curate.reorder(edition_id, items, **by)
        case {"act": "pin", "item": item, "pinned": pinned}:
            curate.pin(edition_id, item, pinned, **by)
        case {"act": "kill", "item": item}:
            curate.kill(edition_id, item, **by)
        case {"act": "revive", "item": item}:
            curate.revive(edition_id, item, **by)
        case {"act": "reword", "item": item, "channel": channel, "headline": head, "blurb": blurb}:
            curate.reword(edition_id, item, head, blurb, channel, **by)
        case {"act": "retitle", "title": title, "intro": intro}:
            curate.retitle(edition_id, title, intro, **by)


def _places(edition: Edition) -> list[int]:
    live = Item.objects.filter(edition=edition, killed=False)
    return list(live.order_by("position", "pk").values_list("pk", flat=True))
