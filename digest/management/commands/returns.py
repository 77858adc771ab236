"""``digest returns``: mail that comes back."""

import json
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digest.kit.clock import now
from digest.outbound.channels.email.reports import bounce
from digest.outbound.returns import pickup
from digest.outbound.returns.server import ReturnServer
from digest.outbound.returns.take import take_events


class Command(BaseCommand):
    """Bounces and complaints by hand."""

    help = "Listen for returned mail, pick it up from a mailbox, or say what a mail means."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command each."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        listen = verbs.add_parser("listen", help="take returned mail by LMTP or SMTP until Ctrl-C")
        listen.add_argument("--bind", default="", help="host:port; else DIGEST_RETURNS_BIND")
        listen.add_argument("--smtp", action="store_true", help="speak SMTP instead of LMTP")
        verbs.add_parser("pickup", help="fetch it from DIGEST_RETURNS_MAILDIR and …_IMAP_URL once")
        one = verbs.add_parser("read", help="what a mail in a file would count as; stores nothing")
        one.add_argument("file", type=Path, metavar="FILE.eml")
        one.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Hand over to the sub-command."""
        getattr(self, f"_{verb}")(**options)

    def _listen(self, bind: str, smtp: bool, **options: Any) -> None:
        host, colon, port = (bind or settings.DIGEST_RETURNS_BIND).rpartition(":")
        if not colon or not port.isdecimal():
            raise CommandError("Give --bind 127.0.0.1:2424, or set DIGEST_RETURNS_BIND like that.")
        server = ReturnServer(host, int(port), lmtp=not smtp)
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: ended.set())
        try:
            server.start()
        except OSError as error:
            raise CommandError(f"{host}:{port} cannot be listened on: {error.strerror}.") from error
        self.stdout.write(f"Listening on {host}:{port} by {'SMTP' if smtp else 'LMTP'}.")
        self.stdout.flush()
        ended.wait()
        server.stop()

    def _pickup(self, **options: Any) -> None:
        if not (settings.DIGEST_RETURNS_MAILDIR or settings.DIGEST_RETURNS_IMAP_URL):
            raise CommandError("Set DIGEST_RETURNS_MAILDIR or DIGEST_RETURNS_IMAP_URL first.")
        mails = pickup.pick_up().mails
        used = take_events(now=now()).used
        self.stdout.write(f"{mails} mails picked up, {used} used.")

    def _read(self, file: Path, **options: Any) -> None:
        try:
            mail = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        found = bounce.read(mail, [], secret=settings.SECRET_KEY)
        reports = [
            {"kind": each.kind.value, "key": each.key, "status": each.status, "words": each.words}
            for each in found.reports
        ]
        if options["json"]:
            self.stdout.write(json.dumps({"reports": reports, "why_not": found.why_not}))
            return
        for each in reports:
            self.stdout.write(f"{each['kind']} of copy {each['key']}: {each['words']}")
        if found.why_not:
            self.stdout.write(f"Not used: {found.why_not}.")
