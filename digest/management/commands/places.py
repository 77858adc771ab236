"""``digest places``: where the newsroom itself is on a channel."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digest.audience.joining.places import VERIFIED_BY, add_place
from digest.audience.kinds import BadAddress
from digest.kit.clock import now
from digest.models import Address
from digest.outbound.channels import registry


class Command(BaseCommand):
    """Places by hand."""

    help = "Let a place of the newsroom's own, on a channel that serves places, get what goes out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command each."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        one = verbs.add_parser("add", help="add a place, or give it more")
        one.add_argument("channel", metavar="CHANNEL")
        one.add_argument("address", metavar="ADDRESS")
        one.add_argument("--newsletter", action="append", default=[], metavar="SLUG")
        one.add_argument("--alerts", action="store_true")
        all_of_them = verbs.add_parser("list", help="all places")
        for each in (one, all_of_them):
            each.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Hand over to the sub-command."""
        getattr(self, f"_{verb}")(**options)

    def _add(
        self,
        channel: str,
        address: str,
        newsletter: list[str],
        alerts: bool,
        json: bool,
        **options: Any,
    ) -> None:
        try:
            spec = registry.spec(channel)
            if not spec.serves_places:
                raise CommandError(f"{spec.label} serves readers alone; it has no places.")
            value = spec.address.normalise(address)
        except (registry.UnknownChannel, registry.BrokenChannel, BadAddress) as error:
            raise CommandError(str(error)) from error
        if not (newsletter or alerts):
            raise CommandError("Say what it gets: --newsletter SLUG, or --alerts.")
        done = add_place(channel, value, newsletters=tuple(newsletter), alerts=alerts, now=now())
        if json:
            self._print_json({"address": value, "began": list(done.names)})
            return
        self.stdout.write(f"{value} now gets: {', '.join(done.names) or 'nothing new'}.")

    def _list(self, json: bool, **options: Any) -> None:
        rows = Address.objects.filter(verified_by=VERIFIED_BY).order_by("channel", "value")
        found = [{"channel": each.channel, "address": each.value} for each in rows]
        if json:
            self._print_json({"places": found})
            return
        for each in found:
            self.stdout.write(f"{each['channel']}  {each['address']}")

    def _print_json(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document))
