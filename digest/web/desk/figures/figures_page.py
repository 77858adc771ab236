"""Figures: what became of editions, channels and sites, how the list grows, and from where."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.audience.core.cells import cell
from digest.audience.growth import JoinedFrom, Week, origins, weeks
from digest.kit import clock
from digest.newsdesk.newsletters.models import Newsletter
from digest.outbound.channels import registry
from digest.outbound.delivery.figures.per_edition import (
    EditionFigures,
    LedgerCounts,
    by_channel,
    by_site,
    delivered,
    edition_figures,
)
from digest.outbound.delivery.followed.figures import FollowFigures
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.figures import best, charts, followed
from digest.web.desk.guard import member_of, needs
from digest.web.desk.kept import KeptValues

MONTH = timedelta(days=30)
# A large newsroom's ledger is not summed anew for each look; "delivered" reads every row of a send.
_KEPT, _KEPT_ROWS = 60, 600
_editions: KeptValues[tuple[EditionFigures, ...]] = KeptValues(_KEPT)
_delivered: KeptValues[int] = KeptValues(_KEPT_ROWS, most=200)
_channels: KeptValues[tuple[LedgerCounts, ...]] = KeptValues(_KEPT)
_sites: KeptValues[tuple[LedgerCounts, ...]] = KeptValues(_KEPT_ROWS)
_weeks: KeptValues[tuple[Week, ...]] = KeptValues(_KEPT)
_origins: KeptValues[tuple[JoinedFrom, ...]] = KeptValues(_KEPT)


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Heads and rows of words: what stands beside a chart, and in its file."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1  # so many columns from the left are words, the others numbers

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show yet."""
        return not self.rows


@require_safe
@needs(Right.SEE_DESK)
def figures_page(request: HttpRequest) -> HttpResponseBase:
    """All figures, each with its table; of one newsletter when ``?newsletter=`` names it."""
    now, zone = clock.now(), member_of(request).time_zone
    newsletters = list(Newsletter.objects.all())
    asked = request.GET.get("newsletter", "")
    chosen = asked if any(each.slug == asked for each in newsletters) else ""
    editions, growth = _latest(chosen, now), _growth(now)
    context = {
        "here": "figures",
        "newsletters": newsletters,
        "chosen": chosen,
        "editions": edition_table(editions, zone),
        "editions_chart": _editions_chart(editions, zone),
        "channels": counts_table("Channel", _by_channel(now)),
        "sites": counts_table("Site", _by_site(editions)),
        "site_of": editions[0].title if editions else "",
        "growth": growth_table(growth),
        "growth_chart": _growth_chart(growth),
        "origins": origins_table(_from(now)),
        "best": best_table(now),
        "best_chart": best.chart(best.stories(now - MONTH)),
        "best_says": best.says(),
        "best_key": best.key(),
        "counting": followed.is_shown(),
        "stories": followed_table("Story", followed.stories(now - MONTH)),
        "topics": followed_table("Topic", followed.topics(now - MONTH)),
    }
    return render(request, "desk/figures.html", context)


@require_safe
@needs(Right.SEE_DESK)
def figures_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """One table as CSV, in which no cell is a formula."""
    now, zone = clock.now(), member_of(request).time_zone
    chosen = request.GET.get("newsletter", "")[:80].replace("\x00", "")
    if kind == "editions":
        table = edition_table(_latest(chosen, now), zone)
    elif kind == "channels":
        table = counts_table("Channel", _by_channel(now))
    elif kind == "sites":
        table = counts_table("Site", _by_site(_latest(chosen, now)))
    elif kind == "best":
        table = best_table(now)
    elif kind == "stories":
        table = followed_table("Story", followed.stories(now - MONTH))
    elif kind == "topics":
        table = followed_table("Topic", followed.topics(now - MONTH))
    elif kind == "growth":
        table = growth_table(_growth(now))
    else:
        table = origins_table(_from(now))
    name = f"{kind}-{now:%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(as_csv(table), content_type="text/csv; charset=utf-8", headers=headers)


def as_csv(table: FigureTable) -> str:
    """The table as a file for a spreadsheet; thousands without a comma."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.heads)
    for row in table.rows:
        words, numbers = row[: table.words], row[table.words :]
        numbers = tuple(each.replace(",", "") for each in numbers)
        writer.writerow([*map(cell, words), *map(cell, numbers)])
    return out.getvalue()


def best_table(now: datetime) -> FigureTable:
    """A row a story of the month, the best first by what is measured."""
    return FigureTable(best.heads(), best.rows(best.stories(now - MONTH)))


def followed_table(of: str, found: Iterable[FollowFigures]) -> FigureTable:
    """A row a story, or a topic, the most followed first."""
    return FigureTable(
        (of, "Readers"), tuple((each.name, *_numbers(each.readers)) for each in found)
    )


def edition_table(editions: Iterable[EditionFigures], zone: str) -> FigureTable:
    """A row an edition, the latest first; with who followed a link where that is counted."""
    counting = followed.is_shown()
    heads = (
        "Edition", "Newsletter", "Went", "Due", "Sent", "Delivered", "Failed", "Bounced",
        "Complained", "Left", *(("Followed a link",) if counting else ()),
    )  # fmt: skip
    rows = tuple(
        (
            each.title, each.newsletter, f"{each.at.astimezone(times.zone(zone)):%Y-%m-%d %H:%M}",
            *_numbers(each.due, each.sent, _delivered_of(each), each.failed, each.bounced,
                      each.complained, each.left),
            *(_numbers(followed.of_edition(each)) if counting else ()),
        )
        for each in editions
    )  # fmt: skip
    return FigureTable(heads, rows, words=3)


def counts_table(of: str, counted: Iterable[LedgerCounts]) -> FigureTable:
    """A row a channel, or a site."""
    rows = tuple(
        (
            registry.by(each.name).removeprefix("by ") if of == "Channel" else each.name,
            *_numbers(each.due, each.sent, each.failed, each.bounced, each.complained),
        )
        for each in counted
    )
    return FigureTable((of, "Due", "Sent", "Failed", "Bounced", "Complained"), rows)


def growth_table(growth: Iterable[Week]) -> FigureTable:
    """A row a week, the latest first."""
    rows = tuple(
        (f"{each.of}", *_numbers(each.joined, each.left, each.stands))
        for each in reversed(tuple(growth))
    )
    return FigureTable(("Week from", "Joined", "Left", "Subscriptions"), rows)


def origins_table(found: Iterable[JoinedFrom]) -> FigureTable:
    """A row a place."""
    rows = tuple(
        (each.box or "our own pages", each.article, *_numbers(each.asked, each.confirmed))
        for each in found
    )
    return FigureTable(("Box", "Article", "Asked", "Confirmed"), rows, words=2)


def _latest(newsletter: str, now: datetime) -> tuple[EditionFigures, ...]:
    return _editions.get(newsletter, lambda: edition_figures(now=now, newsletter=newsletter))


def _delivered_of(edition: EditionFigures) -> int:
    return _delivered.get(edition.sends, lambda: delivered(edition.sends)) if edition.sends else 0


def _by_channel(now: datetime) -> tuple[LedgerCounts, ...]:
    return _channels.get("channels", lambda: by_channel(since=now - MONTH))


def _by_site(editions: Sequence[EditionFigures]) -> tuple[LedgerCounts, ...]:
    if not editions or not editions[0].sends:
        return ()
    return _sites.get(editions[0].sends, lambda: by_site(editions[0].sends))


def _growth(now: datetime) -> tuple[Week, ...]:
    return _weeks.get("weeks", lambda: weeks(now=now))


def _from(now: datetime) -> tuple[JoinedFrom, ...]:
    return _origins.get("origins", lambda: origins(since=now - MONTH))


def _editions_chart(editions: Sequence[EditionFigures], zone: str) -> charts.Chart:
    columns = []
    for each in reversed(editions[:12]):
        at = each.at.astimezone(times.zone(zone))
        missed = max(each.due - each.sent, 0)
        says = f"{each.title}, {at:%d %b %H:%M}: {each.sent:,} sent of {each.due:,}"
        columns.append((f"{at.day} {at:%b}", each.sent, missed, says))
    return charts.stacked(columns)


def _growth_chart(growth: Sequence[Week]) -> charts.Chart | None:
    """None while there is no subscription and never was one in these weeks."""
    if not any(each.joined or each.left or each.stands for each in growth):
        return None
    columns = [
        (
            f"{each.of.day} {each.of:%b}", each.joined, each.left,
            f"Week from {each.of}: {each.joined:,} joined, {each.left:,} left",
        )
        for each in growth
    ]  # fmt: skip
    return charts.up_and_down(columns)


def _numbers(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{each:,}" for each in numbers)
