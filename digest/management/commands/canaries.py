"""``digest canaries``: addresses of the newsroom's own that prove that alerts arrive."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digest.audience.joining.canaries import CANARY, add_canary, remove_canary
from digest.audience.kinds import BadAddress
from digest.kit.clock import now
from digest.models import Address
from digest.outbound.channels import registry
from digest.outbound.delivery.canaries.trial import try_path
from digest.outbound.delivery.figures.arrival import canaries, latest_alerts

_SINCE = timedelta(days=30)


class Command(BaseCommand):
    """Canaries by hand."""

    help = "Measure every alert at addresses of the newsroom's own, on each channel."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command each."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for verb, words in (("add", "let an address be one"), ("remove", "end it")):
            one = verbs.add_parser(verb, help=words)
            one.add_argument("channel", metavar="CHANNEL")
            one.add_argument("address", metavar="ADDRESS")
            one.add_argument("--json", action="store_true")
        for verb, words in (("list", "all of them"), ("try", "send them a trial alert now")):
            verbs.add_parser(verb, help=words).add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Hand over to the sub-command."""
        getattr(self, f"_{verb}")(**options)

    def _add(self, channel: str, address: str, json: bool, **options: Any) -> None:
        value = self._value(channel, address)
        add_canary(channel, value, now=now())
        self._say(json, {"address": value}, f"{value} gets every alert from now on.")

    def _remove(self, channel: str, address: str, json: bool, **options: Any) -> None:
        value = self._value(channel, address)
        if not remove_canary(channel, value, now=now()):
            raise CommandError(f"{value} is no canary; see digest canaries list.")
        self._say(json, {"address": value}, f"{value} is no canary any more.")

    def _list(self, json: bool, **options: Any) -> None:
        took = {
            each.address_id: each.seconds
            for send in latest_alerts(since=now() - _SINCE)
            for each in canaries(send)
        }
        rows = Address.objects.filter(verified_by=CANARY).order_by("channel", "value")
        found = [
            {"channel": each.channel, "address": each.value, "seconds": took.get(each.pk)}
            for each in rows
        ]
        lines = [
            f"{each['channel']}  {each['address']}  "
            + ("-" if each["seconds"] is None else f"{each['seconds']:.1f} s")
            for each in found
        ]
        self._say(json, {"canaries": found}, "\n".join(lines))

    def _try(self, json: bool, **options: Any) -> None:
        made = try_path(now=now()).send_ids
        if not made:
            raise CommandError("There is no canary yet: digest canaries add CHANNEL ADDRESS.")
        self._say(json, {"sends": list(made)}, f"On its way on {len(made)} channels.")

    def _value(self, channel: str, address: str) -> str:
        try:
            return registry.spec(channel).address.normalise(address)
        except (registry.UnknownChannel, registry.BrokenChannel, BadAddress) as error:
            raise CommandError(str(error)) from error

    def _say(self, as_json: bool, document: dict[str, Any], words: str) -> None:
        self.stdout.write(json.dumps(document) if as_json else words)
