"""``digest suppressions``: who is never contacted again."""

import csv
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from digest.audience.kinds import BadAddress
from digest.audience.leaving.suppress import Barred
from digest.audience.lists import suppression_list
from digest.audience.lists.core.csv_lines import LineRefused, NotImportable
from digest.kit.clock import now
from digest.models import Suppression
from digest.outbound.channels import registry

_ADDED = {
    Barred.NEW: "It is barred now.",
    Barred.CHANGED: "It was barred already; it is by the newsroom's word now.",
    Barred.KNOWN: "It was barred already.",
}


class Command(BaseCommand):
    """The suppression list by hand."""

    help = "Count, export, import, add to and take from the list of suppressed addresses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command each."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        counted = verbs.add_parser("count", help="how many addresses, by reason")
        counted.add_argument("--json", action="store_true")
        verbs.add_parser("export", help="the whole list as CSV")
        many = verbs.add_parser("import", help="bar the addresses of a CSV file")
        many.add_argument("file", type=Path, metavar="FILE.csv")
        many.add_argument("--json", action="store_true")
        for verb, what in {
            "add": "bar an address",
            "remove": "let an address sign up again",
        }.items():
            one = verbs.add_parser(verb, help=what)
            one.add_argument("address", metavar="ADDRESS")
            one.add_argument("--channel", default=registry.names()[0])
            one.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Hand over to the sub-command."""
        try:
            getattr(self, f"_{verb}")(**options)
        except BadAddress as error:
            raise CommandError(str(error)) from error

    def _count(self, json: bool, **options: Any) -> None:
        found = Suppression.objects.values_list("reason").annotate(Count("id")).order_by("reason")
        counts = dict(found)
        if json:
            self._print_json(counts)
        for reason, count in counts.items() if not json else ():
            self.stdout.write(f"{count:>9,}  {reason}")

    def _export(self, **options: Any) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(suppression_list.COLUMNS)
        writer.writerows(suppression_list.rows())

    def _import(self, file: Path, json: bool, **options: Any) -> None:
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                done = suppression_list.import_list(
                    lines,
                    kinds=registry.address_kinds(),
                    now=now(),
                    place=f"list {_name(file)}",
                )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{file} is not UTF-8: save it as CSV UTF-8.") from error
        except NotImportable as error:
            raise CommandError(str(error)) from error
        errors = [{"line": each.line, "reason": each.reason} for each in done.errors]
        if json:
            stopped = done.stopped and {"line": done.stopped.line, "reason": done.stopped.reason}
            counts = {"barred": done.barred, "changed": done.changed, "known": done.known}
            self._print_json({**counts, "errors": errors, "stopped": stopped})
        else:
            self.stdout.write(
                f"{done.barred} barred, {done.changed} changed, {done.known} known,"
                f" {len(errors)} left out."
            )
            for each in done.errors[:20]:
                self.stderr.write(f"  line {each.line}: {each.reason}")
        if done.stopped:
            raise CommandError(
                f"From line {done.stopped.line} on nothing was read: {done.stopped.reason}. Mend it"
                " there and import the file again."
            )

    def _add(self, address: str, channel: str, json: bool, **options: Any) -> None:
        try:
            done = suppression_list.add(
                channel,
                address,
                kinds=registry.address_kinds(),
                now=now(),
                note="by the command line",
            )
        except LineRefused as error:
            raise CommandError(str(error)) from error
        if json:
            self._print_json({"barred": done is Barred.NEW, "changed": done is Barred.CHANGED})
            return
        self.stdout.write(_ADDED[done])

    def _remove(self, address: str, channel: str, json: bool, **options: Any) -> None:
        lifted = suppression_list.lift(channel, address, kinds=registry.address_kinds())
        self._tell("lifted", lifted, json, "It may sign up again.", "It was not on the list.")

    def _tell(self, name: str, done: bool, as_json: bool, yes: str, no: str) -> None:
        if as_json:
            self._print_json({name: done})
        else:
            self.stdout.write(yes if done else no)

    def _print_json(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document))


def _name(file: Path) -> str:
    """The file's name as text, also where the file system holds bytes that are none."""
    return file.name.encode(errors="replace").decode()
