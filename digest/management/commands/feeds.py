"""``digest feeds``: add, import, export, watch and steer the feeds that are polled."""

import json
from argparse import ArgumentParser
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any, TextIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from digest.intake.articles.core.fulltext import MISSING, available
from digest.intake.feeds import steer
from digest.intake.feeds.add import Added, add, store
from digest.intake.feeds.formats import opml
from digest.intake.feeds.models import Feed
from digest.intake.feeds.poll import manners
from digest.intake.feeds.polling.health import lasting, lateness
from digest.kit.clock import now
from digest.kit.text import one_line

MAX_OPML = 20 * 1024 * 1024
WHO = "digest feeds"
_STEPS = {
    "pause": (steer.pause, "paused"),
    "resume": (steer.resume, "resumed"),
    "check": (steer.check_now, "due now"),
    "remove": (steer.retire, "removed"),
}
_ABOUT = {
    "pause": "stop looking at feeds until they are resumed",
    "resume": "look at paused or removed feeds again",
    "check": "make feeds due now",
    "remove": "stop looking at feeds for good; their articles stay",
}
_COLOURS = {
    "good": "green",
    "failing": "red",
    "silent": "yellow",
    "slow": "yellow",
    "late": "yellow",
}


class Command(BaseCommand):
    """Feeds by hand."""

    help = "Add, import, export, watch and steer feeds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command each."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        one = verbs.add_parser("add", help="add feeds, or the feeds that pages name")
        one.add_argument("urls", nargs="+", metavar="URL")
        many = verbs.add_parser("import", help="add the feeds of an OPML file")
        many.add_argument("file", type=Path, metavar="FILE.opml")
        export = verbs.add_parser("export", help="print all feeds as OPML")
        export.add_argument("--to", type=Path, metavar="FILE.opml", help="write them there")
        status = verbs.add_parser("status", help="how each feed is doing")
        text = verbs.add_parser("full-text", help="read the whole text on the articles' pages")
        text.add_argument("urls", nargs="+", metavar="URL")
        text.add_argument("--off", action="store_true", help="do not any more")
        for each in (one, many, status, text):
            each.add_argument("--json", action="store_true")
        for verb, about in _ABOUT.items():
            steered = verbs.add_parser(verb, help=about)
            steered.add_argument("urls", nargs="+", metavar="URL")
            steered.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Hand over to the sub-command."""
        if verb in _STEPS:
            self._steer(verb, options["urls"], options["json"])
        else:
            getattr(self, f"_{verb.replace('-', '_')}")(**options)

    def _add(self, urls: list[str], json: bool, **options: Any) -> None:
        with _progress() as bar:
            task = bar.add_task("Looking at them", total=len(dict.fromkeys(urls)))
            added = add(urls, now=now(), manners=manners(), on_result=lambda: bar.advance(task))
        if json:
            self._print_json({"feeds": [_document(each) for each in added]})
        else:
            for each in added:
                self._print_added(each)
        if all(each.outcome == "refused" for each in added):
            raise CommandError("No feed was added.")

    def _print_added(self, each: Added) -> None:
        title = f" ({each.title})" if each.title else ""
        match each.outcome:
            case "refused":
                self.stderr.write(f"Not added: {each.given}\n  {each.reason}")
            case "known":
                self.stdout.write(f"Known already: {each.url}{title}")
            case _:
                self.stdout.write(f"Added: {each.url}{title}")
                if each.reason:
                    self.stdout.write(f"  It will be tried again: {each.reason}")

    def _import(self, file: Path, json: bool, **options: Any) -> None:
        try:
            if file.stat().st_size > MAX_OPML:
                raise CommandError(f"{file} is larger than 20 MiB: split it.")
            outlines = opml.read(file.read_bytes())
        except (OSError, opml.NotOpml) as error:
            raise CommandError(f"{file} cannot be imported: {error}") from error
        added = 0
        with _progress() as bar:
            task = bar.add_task("Storing them", total=len(outlines))
            for start in range(0, len(outlines), 500):
                some = outlines[start : start + 500]
                added += len(store(some, now=now()))
                bar.advance(task, len(some))
        if json:
            self._print_json({"read": len(outlines), "added": added})
        else:
            self.stdout.write(f"{added} feeds added, {len(outlines) - added} known.")

    def _export(self, to: Path | None, **options: Any) -> None:
        feeds = Feed.objects.exclude(state=Feed.State.RETIRED).order_by("folder", "title", "url")
        outlines = (
            opml.Outline(feed.url, feed.title, feed.site_url, feed.language, feed.folder)
            for feed in feeds
        )
        document = opml.write(outlines, title=settings.DIGEST_NEWSROOM)
        if to is None:
            self.stdout.write(document)
            return
        try:
            to.write_text(document, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{to} cannot be written: {error}") from error
        self.stdout.write(f"{feeds.count()} feeds written to {to}.")

    def _status(self, json: bool, **options: Any) -> None:
        moment = now()
        feeds = list(Feed.objects.order_by("-failures", "title", "url"))
        # What asks for something stands first, however much is good.
        feeds.sort(key=lambda each: (not each.failures, not lateness(each, moment)))
        if json:
            told = [_status_of(feed, moment) for feed in feeds]
            late = sum(1 for each in told if each["late_seconds"])
            self._print_json({"feeds": told, "late": late})
            return
        if not feeds:
            self.stdout.write("No feeds yet. Add one with `digest feeds add URL`.")
            return
        self._print_table(feeds, moment)
        failing = sum(1 for feed in feeds if feed.failures and feed.state == Feed.State.ACTIVE)
        overdue = sum(1 for feed in feeds if lateness(feed, moment))
        few = "1 feed" if len(feeds) == 1 else f"{len(feeds)} feeds"
        self.stdout.write(f"{few}, {failing} failing, {overdue} late.")

    def _print_table(self, feeds: list[Feed], moment: datetime) -> None:
        """For people; in a file or a pipe a feed is one line, which ends where its words do."""
        is_seen = self.stdout.isatty()
        table = Table("Feed", "Health", "Last look", "Why", box=None, pad_edge=False)
        for column in table.columns:
            column.overflow = "fold"
        for feed in feeds:
            health, waited = feed.health(moment), lateness(feed, moment)
            looked = f"{lasting(moment - feed.checked_at)} ago" if feed.checked_at else "never"
            names = [escape(one_line(each)) for each in (feed.title, feed.url) if each]
            word, why = health.word, health.why
            if word == "good" and not feed.failures:
                word, why = ("late", "") if waited else (word, "")
            why = f"{why} Its look is {lasting(waited)} late.".strip() if waited else why
            table.add_row(
                ("\n" if is_seen else "  ").join(names),
                f"[{_COLOURS.get(word, 'default')}]{word}[/]",
                looked,
                escape(one_line(why)),
            )
        if is_seen:
            Console(file=cast(TextIO, self.stdout), highlight=False).print(table)
            return
        plain = Console(file=StringIO(), highlight=False, width=1_000)
        with plain.capture() as said:
            plain.print(table)
        for line in said.get().splitlines():
            self.stdout.write(line.rstrip())

    def _full_text(self, urls: list[str], off: bool, json: bool, **options: Any) -> None:
        if not off and not available():
            raise CommandError(MISSING)
        moment, changed = now(), 0
        for feed in self._feeds(urls):
            changed += steer.override(
                feed.pk, every=feed.check_every, full_text=not off, now=moment, who=WHO
            )
        if json:
            self._print_json({"feeds": len(urls), "changed": changed})
        else:
            self.stdout.write(f"{changed} of {len(urls)} feeds changed.")

    def _steer(self, verb: str, urls: list[str], json: bool) -> None:
        step, what = _STEPS[verb]
        feeds = self._feeds(urls)
        done = step([feed.pk for feed in feeds], now=now(), who=WHO)
        if json:
            self._print_json({"feeds": len(urls), "changed": done})
        else:
            self.stdout.write(f"{done} of {len(urls)} feeds {what}.")

    def _feeds(self, urls: list[str]) -> list[Feed]:
        """The feeds of these addresses. Those not known are told, and do not stop the others."""
        found = {feed.url: feed for feed in Feed.objects.filter(url__in=urls)}
        unknown = [url for url in urls if url not in found]
        if unknown:
            told = (
                f"No such feed: {', '.join(unknown)}. `digest feeds status` lists their addresses."
            )
            if not found:
                raise CommandError(told)
            self.stderr.write(told)
        return list(found.values())

    def _print_json(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False))


def _progress() -> Progress:
    """On standard error, and only where somebody watches."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _document(each: Added) -> dict[str, str]:
    return {
        "given": each.given,
        "url": each.url,
        "outcome": each.outcome,
        "title": each.title,
        "reason": each.reason,
    }


def _status_of(feed: Feed, moment: datetime) -> dict[str, Any]:
    health = feed.health(moment)
    return {
        "url": feed.url,
        "title": feed.title,
        "folder": feed.folder,
        "state": feed.state,
        "health": health.word,
        "why": health.why,
        "failures": feed.failures,
        "kind": feed.error_kind,
        "reason": feed.state_reason or feed.error_reason,
        "checked_at": feed.checked_at and feed.checked_at.isoformat(),
        "succeeded_at": feed.succeeded_at and feed.succeeded_at.isoformat(),
        "next_check_at": feed.next_check_at.isoformat(),
        "late_seconds": round(lateness(feed, moment).total_seconds()),
        "broke_news_at": feed.broke_news_at and feed.broke_news_at.isoformat(),
        "minutes": feed.interval and round(feed.interval.total_seconds() / 60, 1),
        "full_text": feed.full_text,
        "pushed_until": feed.hub_lease_until and feed.hub_lease_until.isoformat(),
    }
