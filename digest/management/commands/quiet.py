"""``digest quiet``: readers who gave no sign for long, and those who were let go for it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from digest.audience.models.notes import Note, NoteBatch
from digest.audience.notes.quiet import quiet_readers, take_back
from digest.kit.clock import now
from digest.outbound.delivery.planning.notes import carriers_of_questions

_MOST = 100_000


class Command(BaseCommand):
    """What the rule does, before and after."""

    help = "Count readers who gave no sign for DIGEST_QUIET_MONTHS; undo a batch that was let go."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Alone it counts; ``undo BATCH`` gives back."""
        parser.add_argument("--json", action="store_true")
        verbs = parser.add_subparsers(dest="verb", metavar="VERB")
        undo = verbs.add_parser("undo", help="give back what a batch of questions let go")
        undo.add_argument("batch", type=int, metavar="BATCH")
        undo.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str | None = None, **options: Any) -> None:
        """Count, or undo."""
        if verb == "undo":
            self._undo(**options)
            return
        waiting = quiet_readers(now=now(), channels=carriers_of_questions(), limit=_MOST)
        gone = Note.objects.filter(kind=Note.Kind.ASK, let_go_at__isnull=False)
        batches = dict(gone.values_list("batch").annotate(Count("pk")).order_by("batch"))
        if options["json"]:
            self.stdout.write(json.dumps({"quiet": len(waiting), "let_go": batches}))
            return
        if not settings.DIGEST_QUIET_MONTHS:
            self.stdout.write("The rule is off: set DIGEST_QUIET_MONTHS to ask anybody.")
        self.stdout.write(f"{len(waiting)} readers gave no sign so long and will be asked.")
        for batch, number in batches.items():
            self.stdout.write(f"Batch {batch}: {number} let go; `digest quiet undo {batch}`.")

    def _undo(self, batch: int, **options: Any) -> None:
        try:
            number = take_back(batch, now=now(), who="digest quiet undo")
        except NoteBatch.DoesNotExist:
            raise CommandError(f"There is no batch {batch}: `digest quiet` lists them.") from None
        if options["json"]:
            self.stdout.write(json.dumps({"restored": number}))
            return
        self.stdout.write(f"{number} readers have again what they had.")
