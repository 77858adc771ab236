"""Top reads: the sheet of one edition. Wire at the left, order in the middle, previews right."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from digest.kit import clock
from digest.newsdesk.editions.approve import eyes_of
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.core.eyes import approval
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.editions.reconcile import standing_words
from digest.newsdesk.editions.sheet import Sheet, SheetItem, SheetWording
from digest.newsdesk.editions.sheet import sheet as sheet_of
from digest.outbound.channels import registry
from digest.outbound.channels.costs import CostForecast
from digest.outbound.channels.email.words import NAME as EMAIL
from digest.staff.access import Right, may
from digest.web.desk import previews, reach, times, wire
from digest.web.desk.editions import planned, undoing
from digest.web.desk.editions.checks import Check, checks
from digest.web.desk.editions.outlook import Outlook, outlook
from digest.web.desk.editions.presence import here
from digest.web.desk.guard import MAIL_POLICY, can, member_of, needs
from digest.web.desk.kept import KeptValues, shown_alike
from digest.web.desk.providers import costs
from digest.web.desk.stamps import as_it_stands

State = Edition.State
OPEN = (State.DRAFT, State.HELD, State.APPROVED)


@dataclass(frozen=True, slots=True)
class Wording:
    """An editor's words for one channel (empty: all) beside what stands there without them.

    ``texts`` are in the fields, ``stands`` is saved; they differ where a change was refused, and in
    ``clashes`` somebody else saved other words meanwhile.
    """

    channel: str
    label: str
    is_own: bool
    texts: dict[str, str]
    stands: dict[str, str]
    ours: dict[str, str]
    clashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One live item of the sheet. ``place`` counts from 0."""

    place: int
    item: SheetItem
    why: str
    edited: str
    wordings: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """An editor's words by field, in the form called ``form``."""

    form: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A change that was not made: why, the words the editor had typed, and those of others there.

    ``theirs`` by field: what somebody else saved meanwhile.
    """

    words: str
    typed: Typed | None = None
    is_stale: bool = False
    theirs: dict[str, str] = field(default_factory=dict)

    def given_back(self, form: str) -> dict[str, str]:
        """The words typed into the form of that name."""
        return dict(self.typed.words) if self.typed and self.typed.form == form else {}


@require_safe
@needs(Right.SEE_DESK)
def next_sheet(request: HttpRequest) -> HttpResponseBase:
    """The sheet of the edition that goes next, or the list when none is open."""
    waiting = Edition.objects.filter(newsletter__isnull=False, state__in=OPEN)
    edition = waiting.order_by("slot_at").first()
    if edition is None:
        messages.info(request, "No edition is open now. These are the latest.")
        return redirect("desk:editions")
    return redirect("desk:sheet", edition.public_id)


@require_safe
@needs(Right.SEE_DESK)
def sheet_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The sheet as it stands."""
    return sheet(request, edition_of(public_id))


@require_safe
@xframe_options_sameorigin
@needs(Right.SEE_DESK)
def mail_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The mail alone, for the frame: under a policy of its own that lets nothing act."""
    made = _standing_of(request, edition_of(public_id)).made
    shown = made.by(request.GET.get("show", ""))
    html = shown.preview.page if shown and shown.preview.page else made.page
    return HttpResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})


def edition_of(public_id: UUID) -> Edition:
    """The edition, with what its pages need; 404 without one."""
    rows = Edition.objects.select_related("newsletter", "approved_by", "seen_by")
    return get_object_or_404(rows, public_id=public_id, newsletter__isnull=False)


def _waits_for_cut_off(edition: Edition) -> bool:
    return edition.newsletter is not None and edition.newsletter.cut_off is not None


@dataclass(frozen=True, slots=True)
class SheetStanding:
    """What a sheet is made of, the same for all who have it open."""

    content: EditionContent
    stands: Sheet
    made: previews.Previews
    checks: tuple[Check, ...]
    reach: reach.Reach
    costs: tuple[CostForecast, ...]


# While nothing has changed, an edition's sheet is put together once in so many seconds.
_standing: KeptValues[SheetStanding] = KeptValues(15)
_pieces: KeptValues[str] = KeptValues(15, most=64)


def _standing_of(request: HttpRequest, edition: Edition) -> SheetStanding:
    key = (as_it_stands(request), edition.pk, edition.lock_version, edition.state)
    return _standing.get(key, lambda: _stands(edition))


def _stands(edition: Edition) -> SheetStanding:
    newsletter = edition.newsletter
    assert newsletter is not None  # edition_of asks for one
    content = content_of(edition.pk)
    made = previews.of_edition(content)
    readers = reach.of_newsletter(newsletter.pk, newsletter.channels)
    cost = costs.of_newsletter(newsletter.pk, newsletter.channels)
    checked = checks(content, made)
    return SheetStanding(content, sheet_of(edition.pk), made, checked, readers, cost)


def sheet(
    request: HttpRequest, edition: Edition, problem: Problem | None = None
) -> HttpResponseBase:
    """Render the sheet; with a ``problem`` as 409 (somebody was quicker) or 422."""
    now, member = clock.now(), member_of(request)
    standing = _standing_of(request, edition)
    stands, made = standing.stands, standing.made
    is_open = edition.state in (State.DRAFT, State.HELD)
    shown, width = _shown(request)
    may_curate = can(request, Right.CURATE, edition.newsletter_id) and is_open
    may_raise = can(request, Right.RAISE_ALERT)
    rows = [_row(place, item, edition, problem) for place, item in enumerate(stands.items)]
    taken = {item.story_id for item in stands.items}
    key = (as_it_stands(request), edition.pk, edition.lock_version, may_curate, may_raise)
    listed = {
        "edition": edition,
        "rows": rows,
        "order": "-".join(str(item.item_id) for item in stands.items),
        "problem": None,
        "may_curate": may_curate,
        "may_raise": may_raise,
        "wire": wire.beside(request, taken, now=now),
    }

    def piece(name: str) -> SafeString:
        return shown_alike(request, _pieces, f"desk/{name}.html", (name, *key), listed)

    context = listed | {
        "here": "sheet",
        "outlook": _outlook(edition, member.time_zone, now),
        "items": piece("sheet_items") if problem is None else "",
        "beside": piece("sheet_wire"),
        "heading": _heading(edition, problem),
        "killed": stands.killed,
        "content": standing.content,
        "previews": made.shown,
        "preview": made.by(shown),
        "planned": planned.lines(edition, now),
        "who_sends_it": planned.who_sends_it(edition),
        "checks": standing.checks,
        "reach": standing.reach,
        "counted": what_is_counted(edition),
        "costs": standing.costs,
        "others": here(edition.public_id, member, now=now),
        "may_serve": may(member.role, Right.SERVE_READERS),
        "may_approve": can(request, Right.APPROVE, edition.newsletter_id),
        "approves": approval(eyes_of(edition), member.pk).value,
        "goes_by_rule": is_open and _waits_for_cut_off(edition),
        "undo_left": undoing.left(request, edition.pk),
        "shown": shown,
        "width": width,
        "problem": problem,
    }
    status = 200 if problem is None else 409 if problem.is_stale else 422
    return render(request, "desk/sheet.html", context, status=status)


def _outlook(edition: Edition, seen_from: str, now: datetime) -> Outlook:
    first = planned.next_planned([edition.pk]).get(edition.pk)
    return outlook(edition, now, seen_from=seen_from, planned=first)


def _shown(request: HttpRequest) -> tuple[str, str]:
    """Which preview, and how wide: as the editor last chose, so that a change does not lose it."""
    if request.GET.get("show") in settings.DIGEST_CHANNELS:
        width = request.GET.get("width", "")
        width = width if width in ("desktop", "text") else "phone"
        # A page that asks by itself chooses nothing: another window would jump to its preview.
        if request.headers.get("X-Desk") != "live":
            request.session["preview"] = [request.GET["show"], width]
        return request.GET["show"], width
    shown, width = request.session.get("preview", ["", "phone"])
    return shown, width


def what_is_counted(edition: Edition) -> str:
    """What this server will learn of an edition's readers, as one clause."""
    newsletter = edition.newsletter
    if settings.DIGEST_COUNT_CLICKS and (newsletter is None or EMAIL in newsletter.channels):
        return "links in its mails are counted, opens are not"
    return "opens and clicks are not counted"


def _row(place: int, item: SheetItem, edition: Edition, problem: Problem | None) -> Row:
    # The desk edits the words for every language; a language's own come with translations.
    return Row(
        place=place,
        item=item,
        why=item.problem or _why(item),
        edited=_edited(item.wordings, edition),
        wordings=tuple(
            _wording(item, channel, problem) for channel in ("", *settings.DIGEST_CHANNELS)
        ),
    )


def _wording(item: SheetItem, channel: str, problem: Problem | None) -> Wording:
    stands = standing_words(item, channel)
    ours = {"headline": item.story_headline, "blurb": item.story_blurb}
    if channel:
        ours = {"headline": item.headline, "blurb": item.blurb}
    given = problem.given_back(f"{item.item_id}-{channel}") if problem else {}
    return Wording(
        channel=channel,
        label=registry.by(channel) if channel else "",
        is_own=any(each.channel == channel and not each.language for each in item.wordings),
        texts=stands | given,
        stands=stands,
        ours=ours,
        clashes=tuple(problem.theirs) if problem and given else (),
    )


def _heading(edition: Edition, problem: Problem | None) -> Wording:
    """Title and introduction, as the words of a form like any other."""
    stands = {"title": edition.title, "intro": edition.intro}
    given = problem.given_back("title") if problem else {}
    clashes = tuple(problem.theirs) if problem and given else ()
    return Wording("", "", False, stands | given, stands, stands, clashes)


def _why(item: SheetItem) -> str:
    if not item.reason or item.reason.startswith("Added by"):
        return item.reason
    return f"By rule: {item.reason}"


def _edited(wordings: Sequence[SheetWording], edition: Edition) -> str:
    latest = max(wordings, key=lambda each: each.at, default=None)
    if latest is None:
        return ""
    by = f" by {latest.by}" if latest.by else ""
    return f"Edited {times.clock_time(latest.at, edition.time_zone)}{by}"
