"""``digest feeds``: add, import, export and watch the feeds that are polled."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digest.intake.feeds import opml
from digest.intake.feeds.add import Added, add, store
from digest.intake.feeds.models import Feed
from digest.intake.feeds.poll import manners
from digest.kit.clock import now

MAX_OPML = 20 * 1024 * 1024


class Command(BaseCommand):
    """Feeds by hand."""

    help = "Add, import, export and watch feeds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command each."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        one = verbs.add_parser("add", help="add feeds, or the feeds that pages name")
        one.add_argument("urls", nargs="+", metavar="URL")
        one.add_argument("--json", action="store_true")
        many = verbs.add_parser("import", help="add the feeds of an OPML file")
        many.add_argument("file", type=Path, metavar="FILE.opml")
        many.add_argument("--json", action="store_true")
        verbs.add_parser("export", help="print all feeds as OPML")
        status = verbs.add_parser("status", help="how each feed is doing")
        status.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Hand over to the sub-command."""
        getattr(self, f"_{verb}")(**options)

    def _add(self, urls: list[str], json: bool, **options: Any) -> None:
        added = add(urls, now=now(), manners=manners())
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
        fresh = store(outlines, now=now())
        if json:
            self._print_json({"read": len(outlines), "added": len(fresh)})
        else:
            self.stdout.write(f"{len(fresh)} feeds added, {len(outlines) - len(fresh)} known.")

    def _export(self, **options: Any) -> None:
        feeds = Feed.objects.exclude(state=Feed.State.RETIRED).order_by("folder", "title", "url")
        outlines = (
            opml.Outline(feed.url, feed.title, feed.site_url, feed.language, feed.folder)
            for feed in feeds
        )
        self.stdout.write(opml.write(outlines, title=settings.DIGEST_NEWSROOM))

    def _status(self, json: bool, **options: Any) -> None:
        feeds = list(Feed.objects.order_by("-failures", "title", "url"))
        if json:
            self._print_json({"feeds": [_status_of(feed) for feed in feeds]})
            return
        for feed in feeds:
            looked = f"{feed.checked_at:%Y-%m-%d %H:%M}" if feed.checked_at else "never"
            health = f"failing, {feed.failures} in a row" if feed.failures else "well"
            health = feed.state if feed.state != Feed.State.ACTIVE else health
            self.stdout.write(f"{feed.title or feed.url}\n  {feed.url}")
            self.stdout.write(f"  {health}; last looked at {looked}")
            reason = feed.state_reason or feed.error_reason
            if reason:
                self.stdout.write(f"  {reason}")
        failing = sum(1 for feed in feeds if feed.failures)
        self.stdout.write(f"{len(feeds)} feeds, {failing} failing.")

    def _print_json(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False))


def _document(each: Added) -> dict[str, str]:
    return {
        "given": each.given,
        "url": each.url,
        "outcome": each.outcome,
        "title": each.title,
        "reason": each.reason,
    }


def _status_of(feed: Feed) -> dict[str, Any]:
    return {
        "url": feed.url,
        "title": feed.title,
        "folder": feed.folder,
        "state": feed.state,
        "failures": feed.failures,
        "kind": feed.error_kind,
        "reason": feed.state_reason or feed.error_reason,
        "checked_at": feed.checked_at and feed.checked_at.isoformat(),
        "succeeded_at": feed.succeeded_at and feed.succeeded_at.isoformat(),
        "next_check_at": feed.next_check_at.isoformat(),
        "minutes": feed.interval and round(feed.interval.total_seconds() / 60, 1),
    }
