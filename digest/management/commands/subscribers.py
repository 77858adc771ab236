"""``digest subscribers``: bring readers in, take them out, and forget one."""

import csv
import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from digest.audience.kinds import BadAddress, normalised
from digest.audience.leaving.erase import erase_value
from digest.audience.lists import export
from digest.audience.lists.core.csv_lines import NotImportable, pieces
from digest.audience.lists.import_readers import ImportedReaders, import_csv
from digest.audience.lists.reader_lines import Also
from digest.audience.lists.undo import undo
from digest.kit.clock import now
from digest.models import Address, ImportRun
from digest.outbound.channels import registry
from digest.outbound.delivery.figures.own_data import of_person

_ERRORS_SHOWN = 20


class Command(BaseCommand):
    """Readers by hand."""

    help = "Import, export and erase subscribers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command each."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        many = verbs.add_parser("import", help="bring in the readers of a CSV file")
        many.add_argument("file", type=Path, metavar="FILE.csv")
        many.add_argument("--basis", default="", help="how these readers consented; it is kept")
        many.add_argument("--newsletter", action="append", default=[], help="all follow it too")
        many.add_argument("--topic", action="append", default=[], help="all follow it too")
        many.add_argument("--alerts", action="store_true", help="all get breaking alerts too")
        many.add_argument("--dry-run", action="store_true", help="store nothing, report all")
        many.add_argument("--json", action="store_true")
        lists = verbs.add_parser("imports", help="the lists that were brought in, the latest first")
        lists.add_argument("--json", action="store_true")
        back = verbs.add_parser("undo", help="take back what an import brought")
        back.add_argument("number", type=int, metavar="NUMBER")
        back.add_argument("--json", action="store_true")
        out = verbs.add_parser("export", help="all readers as CSV, or one as JSON")
        out.add_argument("address", nargs="?", metavar="ADDRESS")
        out.add_argument("--channel", default=registry.names()[0])
        gone = verbs.add_parser("erase", help="forget the person behind an address")
        gone.add_argument("address", metavar="ADDRESS")
        gone.add_argument("--channel", default=registry.names()[0])
        gone.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Hand over to the sub-command."""
        getattr(self, f"_{verb}")(**options)

    def _import(self, file: Path, basis: str, json: bool, **options: Any) -> None:
        also = Also(tuple(options["newsletter"]), tuple(options["topic"]), options["alerts"])
        try:
            # Excel writes a byte-order mark before UTF-8.
            with file.open(encoding="utf-8-sig", newline="") as counted:
                total = max(0, sum(1 for _ in pieces(counted)) - 1)
            with file.open(encoding="utf-8-sig", newline="") as lines, _bar() as bar:
                task = bar.add_task("Readers", total=total)
                done = import_csv(
                    lines,
                    kinds=registry.address_kinds(),
                    basis=basis,
                    place=f"import of {_name(file)}",
                    now=now(),
                    also=also,
                    dry_run=options["dry_run"],
                    progress=lambda count: bar.update(task, completed=count),
                )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{file} is not UTF-8: save it as CSV UTF-8.") from error
        except NotImportable as error:
            raise CommandError(str(error)) from error
        self._report(done, as_json=json)
        if done.stopped:
            raise CommandError(
                f"From line {done.stopped.line} on nothing was read: {done.stopped.reason}. Mend it"
                " there and import the file again."
            )

    def _report(self, done: ImportedReaders, *, as_json: bool) -> None:
        if as_json:
            errors = [{"line": each.line, "reason": each.reason} for each in done.errors]
            stopped = done.stopped and {"line": done.stopped.line, "reason": done.stopped.reason}
            self._print_json(
                {
                    "added": done.added,
                    "unchanged": done.unchanged,
                    "barred": done.barred,
                    "errors": errors,
                    "stopped": stopped,
                    "product": done.product,
                    "unknown_labels": dict(done.unknown),
                    "import": done.run_id,
                }
            )
            return
        if done.product:
            self.stdout.write(f"This is an export of {done.product}.")
        self.stdout.write(
            f"{done.added} added, {done.unchanged} unchanged, {len(done.errors)} left out."
        )
        if done.barred:
            self.stdout.write(f"{done.barred} had left or bounced there, and are barred.")
        if done.unknown:
            told = ", ".join(f"{label} ({count})" for label, count in done.unknown[:_ERRORS_SHOWN])
            self.stdout.write(f"Labels that are no newsletter or topic here: {told}.")
        self.stdout.write(
            "Nothing was stored."
            if done.run_id is None
            else f"To take it back: digest subscribers undo {done.run_id}"
        )
        for each in done.errors[:_ERRORS_SHOWN]:
            self.stderr.write(f"  line {each.line}: {each.reason}")
        if len(done.errors) > _ERRORS_SHOWN:
            self.stderr.write(f"  and {len(done.errors) - _ERRORS_SHOWN} more; --json lists all.")

    def _imports(self, json: bool, **options: Any) -> None:
        rows = [
            {
                "import": each.pk,
                "at": each.at.isoformat(timespec="minutes"),
                "place": each.place,
                "product": each.product,
                "added": each.added,
                "barred": each.barred,
                "left_out": each.left_out,
                "undone": each.undone_at is not None,
            }
            for each in ImportRun.objects.all()[:200]
        ]
        if json:
            self._print_json({"imports": rows})
            return
        for row in rows:
            gone = ", taken back" if row["undone"] else ""
            self.stdout.write(
                f"{row['import']}  {row['at']}  {row['place']}: {row['added']} added{gone}"
            )

    def _undo(self, number: int, json: bool, **options: Any) -> None:
        try:
            done = undo(number, now=now())
        except NotImportable as error:
            raise CommandError(str(error)) from error
        if json:
            self._print_json({k: v for k, v in asdict(done).items() if k != "is_whole"})
            return
        self.stdout.write(
            f"{done.subscriptions} subscriptions and {done.readers} readers are gone,"
            f" {done.released} addresses may be written to again; {done.kept} subscriptions stay"
            " as their readers left them."
        )

    def _export(self, address: str | None, channel: str, **options: Any) -> None:
        if address is None:
            writer = csv.writer(self.stdout, lineterminator="\n")
            writer.writerow(export.COLUMNS)
            writer.writerows(export.rows())
            return
        try:
            value = normalised(registry.address_kinds(), channel, address)
        except BadAddress as error:
            raise CommandError(str(error)) from error
        found = Address.objects.filter(channel=channel, value=value).first()
        if found is None:
            raise CommandError(f"Nobody has the {channel} address {value}.")
        self.stdout.write(json.dumps(of_person(found.pk, now=now()), indent=2, ensure_ascii=False))

    def _erase(self, address: str, channel: str, json: bool, **options: Any) -> None:
        try:
            erased = erase_value(
                channel,
                address,
                kinds=registry.address_kinds(),
                now=now(),
                place="digest subscribers erase",
            )
        except BadAddress as error:
            raise CommandError(str(error)) from error
        if json:
            self._print_json({"addresses": erased.addresses, "subscriptions": erased.subscriptions})
        elif erased.addresses:
            self.stdout.write(
                f"Erased: {erased.addresses} addresses, {erased.subscriptions} subscriptions."
            )
        else:
            self.stdout.write("Nothing was stored on this address.")

    def _print_json(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document))


def _bar() -> Progress:
    """A progress bar on standard error; silent when nobody watches."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _name(file: Path) -> str:
    """The file's name as text, also where the file system holds bytes that are none."""
    return file.name.encode(errors="replace").decode()
