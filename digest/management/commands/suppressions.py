"""``digest suppressions``: who is never contacted again."""

import csv
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from digest.audience import suppression_list
from digest.audience.normalise import BadAddress
from digest.kit.clock import now
from digest.models import Suppression


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
            one.add_argument("--channel", default="email")
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
                done = suppression_list.import_list(lines, now=now(), place=f"list {file.name}")
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{file} is not UTF-8: save it as CSV UTF-8.") from error
        except suppression_list.NotAList as error:
            raise CommandError(str(error)) from error
        errors = [{"line": each.line, "reason": each.reason} for each in done.errors]
        if json:
            self._print_json({"barred": done.barred, "known": done.known, "errors": errors})
            return
        self.stdout.write(f"{done.barred} barred, {done.known} known, {len(errors)} left out.")
        for each in done.errors[:20]:
            self.stderr.write(f"  line {each.line}: {each.reason}")

    def _add(self, address: str, channel: str, json: bool, **options: Any) -> None:
        lines = ["channel,address,note", f"{channel},{address},by the command line"]
        done = suppression_list.import_list(lines, now=now(), place="the command line")
        if done.errors:
            raise CommandError(done.errors[0].reason)
        self._tell("barred", bool(done.barred), json, "It is barred now.", "It was barred already.")

    def _remove(self, address: str, channel: str, json: bool, **options: Any) -> None:
        lifted = suppression_list.lift(channel, address)
        self._tell("lifted", lifted, json, "It may sign up again.", "It was not on the list.")

    def _tell(self, name: str, done: bool, as_json: bool, yes: str, no: str) -> None:
        if as_json:
            self._print_json({name: done})
        else:
            self.stdout.write(yes if done else no)

    def _print_json(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document))
