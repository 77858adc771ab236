"""``digest doctor``: what is wrong with this installation, and what to do about it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from digest.kit import valkey
from digest.kit.clock import now
from digest.kit.doctor import dns
from digest.kit.doctor.finding import ERROR, OK, WARNING, Finding, document
from digest.management.examination.blotting import presentable
from digest.management.examination.broker import broker
from digest.management.examination.channels import of_channel
from digest.management.examination.configuration import configuration
from digest.management.examination.database import database
from digest.management.examination.domain_reports import domain_reports
from digest.management.examination.folder import folder
from digest.management.examination.single_sign_on import single_sign_on
from digest.management.examination.templates import templates
from digest.outbound.channels import registry

_MARKS = {OK: "[green]ok[/]", WARNING: "[yellow]warning[/]", ERROR: "[bold red]error[/]"}


class Command(BaseCommand):
    """Exit code 0 when no finding is an error, 1 otherwise."""

    help = (
        "Examine configuration, database, broker, workers, channels, DNS, clock and disk;"
        " every finding comes with its remedy."
    )
    requires_system_checks: list[str] = []  # they are findings here, not a reason to stop

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For people by default."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine, print, and exit."""
        findings = presentable(examine())
        summary = document(findings)
        if options["json"]:
            self.stdout.write(json.dumps(summary, ensure_ascii=False))
        else:
            show(findings, Console())
        if summary["errors"]:
            raise SystemExit(1)


def examine() -> list[Finding]:
    """Everything there is to look at; bounded to some seconds also when nothing answers."""
    servers = dns.resolvers()
    return [
        *configuration(settings),
        *folder(settings.DIGEST_HOME),
        *database(settings, now=now()),
        *broker(valkey.client(), settings, now=now()),
        *[
            finding
            for spec in registry.usable(settings.DIGEST_CHANNELS)
            for finding in of_channel(spec, settings, lambda name: dns.txt(name, servers))
        ],
        *single_sign_on(settings),
        *domain_reports(now=now()),
        *templates(now=now()),
    ]


def show(findings: list[Finding], console: Console) -> None:
    """A table, and one line that says how it stands."""
    table = Table("", "looked at", "finding", box=None, pad_edge=False)
    for each in findings:
        what = escape(each.what)
        if each.remedy:
            what += f"\n[dim]{escape(each.remedy)}[/]"
        table.add_row(_MARKS[each.state], escape(each.subject), what)
    console.print(table)
    counts = document(findings)
    console.print(f"\n{counts['errors']} errors, {counts['warnings']} warnings.")
