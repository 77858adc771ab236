"""``digest poll``: read what is due in this process, without a worker."""

import json
import os
import socket
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import Progress

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds.models import Feed
from digest.intake.feeds.poll import poll_due
from digest.intake.feeds.polling.report import PollReport
from digest.kit.clock import now

BATCH = 20_000
PAUSE_SECONDS = 5


class Command(BaseCommand):
    """Exit code 0 also when feeds fail: their reasons are in the report."""

    help = "Poll the feeds that are due and ingest what they show."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Without --once it goes on until Ctrl-C."""
        parser.add_argument("--once", action="store_true", help="poll what is due now, then end")
        parser.add_argument("--json", action="store_true", help="print one JSON object at the end")

    def handle(self, *args: Any, once: bool, json: bool, **options: Any) -> None:
        """Poll until nothing is due, or for ever."""
        while True:
            report = self._round()
            if once or report.due:
                self._print(report, as_json=json)
            if once:
                return
            time.sleep(PAUSE_SECONDS)

    def _round(self) -> PollReport:
        """Everything that is due at its beginning, in batches."""
        began, total = now(), PollReport()
        due = Feed.objects.filter(state=Feed.State.ACTIVE, next_check_at__lte=began).count()
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("Polling feeds", total=due)
            while True:
                report = poll_due(
                    # Due as of the beginning: a round ends, however short the intervals.
                    now_fn=now,
                    limit=BATCH,
                    worker=f"{socket.gethostname()}:{os.getpid()}",
                    ingest=ingest,
                    ingest_all=ingest_all,
                    due_before=began,
                    on_result=lambda due: bar.advance(task),
                )
                total += report
                if report.due < BATCH:
                    return total

    def _print(self, report: PollReport, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.to_document(), ensure_ascii=False))
            return
        self.stdout.write(
            f"{report.due} feeds due: {report.ok} read, {report.unchanged} unchanged, "
            f"{report.failed} failed. {report.entries} entries, {report.new_articles} new articles."
        )
        for failure in report.failures:
            self.stdout.write(f"  {failure.url}\n    {failure.kind}: {failure.reason}")
