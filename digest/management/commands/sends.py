"""``digest sends``: look at what goes out, and stop, resume, cancel or repeat it by hand."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from datetime import timedelta
from time import sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from digest.kit.clock import now
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.figures.progress import Figures, figures
from digest.outbound.delivery.models import Send

_ENDED = {Send.State.DONE, Send.State.CANCELLED}


class Command(BaseCommand):
    """Sends by hand: look at them, stop them, start them again."""

    help = "List sends, watch one, and pause, resume, cancel, release or retry it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One verb per control."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="the latest sends, newest first")
        listing.add_argument("--limit", type=_limit, default=20)
        listing.add_argument("--json", action="store_true")
        for verb, what in {
            "show": "live figures of one send, with --follow until it ends",
            "watch": "the same with a progress bar, until it ends",
            "pause": "stop sending until somebody resumes",
            "resume": "go on where it stopped",
            "cancel": "stop for good",
            "release": "let a send go that was held because it was late",
            "retry-failed": "make the failed deliveries, and only those, due again",
        }.items():
            one = verbs.add_parser(verb, help=what)
            one.add_argument("send", type=int, help="the id that `digest sends list` shows")
            one.add_argument("--json", action="store_true")
            if verb == "show":
                one.add_argument("--follow", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Call the step, then print what is so now."""
        verb = options["verb"]
        if verb == "list":
            return self._list(options["limit"], as_json=options["json"])
        send_id = options["send"]
        try:
            detail = self._control(verb, send_id)
        except controls.CannotControl as error:
            raise CommandError(str(error)) from error
        follows = verb == "watch" or (verb == "show" and options["follow"])
        if follows and not options["json"]:
            follow(send_id)
        return self._show(send_id, detail, as_json=options["json"])

    def _control(self, verb: str, send_id: int) -> dict[str, int]:
        match verb:
            case "pause":
                controls.pause(send_id, now=now(), who="the command line")
            case "resume":
                controls.resume(send_id, now=now())
            case "cancel":
                return {"cancelled": controls.cancel(send_id, now=now(), who="the command line")}
            case "release":
                controls.release_held(send_id, now=now())
            case "retry-failed":
                return {"retried": controls.retry_failed(send_id, now=now())}
        return {}

    def _list(self, limit: int, *, as_json: bool) -> None:
        sends = list(Send.objects.order_by("-pk")[:limit])
        if as_json:
            self.stdout.write(json.dumps({"sends": [described(send) for send in sends]}))
            return
        table = Table("id", "what", "channel", "lane", "state", "due", "readers", "reason")
        for send in sends:
            what = f"{send.get_kind_display()} {send.source_id}"
            table.add_row(
                str(send.pk), what, send.channel, send.lane, send.state,
                f"{send.due_at:%Y-%m-%d %H:%M}", f"{send.total:,}", why(send),
            )  # fmt: skip
        Console().print(table if sends else "Nothing has been sent yet.")

    def _show(self, send_id: int, detail: dict[str, int], *, as_json: bool) -> None:
        send = Send.objects.filter(pk=send_id).first()
        found = figures(send_id)
        if send is None or found is None:
            raise CommandError(f"There is no send {send_id}; `digest sends list` shows them all.")
        if as_json:
            self.stdout.write(json.dumps(described(send) | counted(found) | detail))
            return
        console = Console()
        console.print(f"Send {send.pk} is [bold]{send.state}[/]. {why(send)}".rstrip())
        with bar(console) as progress:
            advance(progress, progress.add_task("", total=1, words=""), found)


def _limit(text: str) -> int:
    try:
        limit = int(text)
    except ValueError:
        limit = 0
    if not 1 <= limit <= 100_000:
        raise ArgumentTypeError(f"{text[:20]!r} is no number from 1 to 100000")
    return limit


def follow(send_id: int) -> None:
    """Move a progress bar until the send has ended."""
    with bar(Console()) as progress:
        task = progress.add_task("", total=1, words="")
        while (found := figures(send_id)) is not None:
            advance(progress, task, found)
            if Send.objects.filter(pk=send_id, state__in=_ENDED).exists():
                return
            sleep(0.5)


def bar(console: Console) -> Progress:
    """A bar with the ledger's figures beside it."""
    return Progress(BarColumn(), TextColumn("{task.fields[words]}"), console=console)


def advance(progress: Progress, task: TaskID, found: Figures) -> None:
    """Show ``found`` on the bar."""
    words = (
        f"{found.sent:,} of {found.total:,} sent, {found.queued + found.sending:,} queued,"
        f" {found.deferred:,} deferred, {found.failed:,} failed, {found.rate:,.0f}/s"
    )
    if found.eta is not None:
        words += f", {timedelta(seconds=int(found.eta.total_seconds()))} to go"
    progress.update(task, total=found.total or 1, completed=found.final, words=words)


def why(send: Send) -> str:
    """Why it stands still, in words; empty when it does not."""
    if not send.held_up_since:
        return send.state_reason
    held_up = f"Held up since {send.held_up_since:%Y-%m-%d %H:%M:%S} UTC: {send.held_up_by}"
    return f"{send.state_reason} {held_up}".lstrip()


def described(send: Send) -> dict[str, Any]:
    """A send as JSON-ready values."""
    return {
        "id": send.pk,
        "kind": send.kind,
        "source": send.source_id,
        "revision": send.revision,
        "channel": send.channel,
        "lane": send.lane,
        "state": send.state,
        "reason": send.state_reason,
        "held_up_by": send.held_up_by,
        "held_up_since": send.held_up_since and send.held_up_since.isoformat(),
        "due_at": send.due_at.isoformat(),
        "total": send.total,
    }


def counted(found: Figures) -> dict[str, Any]:
    """Figures as JSON-ready values; ``eta`` in seconds."""
    return asdict(found) | {"eta": found.eta.total_seconds() if found.eta else None}
