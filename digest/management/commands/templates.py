"""``digest templates``: words that a channel's provider has to approve, and how they stand."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digest.kit.clock import now
from digest.outbound.channels.provider_templates import TemplateLine
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.delivery.templates import watch
from digest.outbound.delivery.templates.listing import listed_templates


class Command(BaseCommand):
    """Templates by hand."""

    help = "Submit the words that a provider has to approve (WhatsApp's templates), and watch them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One sub-command each."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for verb, words in (
            ("list", "all of ours, as they stood at the last look"),
            ("look", "ask the provider now, then list"),
            ("submit", "hand in those that are not submitted, or were refused"),
        ):
            one = verbs.add_parser(verb, help=words)
            one.add_argument("--json", action="store_true")
            if verb == "submit":
                one.add_argument("--name", action="append", default=[], metavar="TEMPLATE")
                one.add_argument("--language", action="append", default=[], metavar="CODE")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Hand over to the sub-command."""
        if not watch.with_templates():
            raise CommandError("No channel in DIGEST_CHANNELS has templates to be approved.")
        getattr(self, f"_{verb}")(**options)

    def _list(self, json: bool, **options: Any) -> None:
        found = [(each.spec, line) for each in listed_templates(now=now()) for line in each.lines]
        if json:
            self._print_json({"templates": [_document(*each) for each in found]})
            return
        for spec, line in found:
            why = " ".join(filter(None, (line.reason, line.remedy)))
            self.stdout.write(f"{spec.name}  {line.own.key:<22} {line.state:<14} {why}".rstrip())

    def _look(self, json: bool, **options: Any) -> None:
        for spec in watch.with_templates():
            if watch.look(spec, now=now()):
                continue
            for listed in listed_templates(now=now()):
                if listed.spec is spec and listed.missing:
                    words = f"{spec.label}: set {listed.missing} first (docs/operations.md)."
                    raise CommandError(words)
                if listed.spec is spec:
                    raise CommandError(f"{spec.label} could not be asked: {listed.error}")
        self._list(json)

    def _submit(self, name: list[str], language: list[str], json: bool, **options: Any) -> None:
        done, refused = [], []
        for listed in listed_templates(now=now()):
            known = (
                {each.own.name for each in listed.lines},
                {each.own.language for each in listed.lines},
            )
            for given, there in zip((name, language), known, strict=True):
                if strange := sorted(set(given) - there):
                    raise CommandError(
                        f"There is no {strange[0]!r}; there are {', '.join(sorted(there))}."
                    )
            for line in listed.lines:
                own = line.own
                if not line.may_submit or (name and own.name not in name):
                    continue
                if language and own.language not in language:
                    continue
                try:
                    made = watch.submit(listed.spec, own, now=now())
                except watch.CannotSubmit as error:
                    refused.append({"template": own.key, "reason": str(error)})
                    continue
                done.append({"template": own.key, "status": made.status.lower()})
        self._say_submitted(json, done, refused)
        if refused:
            raise SystemExit(1)

    def _say_submitted(
        self, json: bool, done: list[dict[str, str]], refused: list[dict[str, str]]
    ) -> None:
        if json:
            self._print_json({"submitted": done, "refused": refused})
            return
        for each in done:
            self.stdout.write(f"{each['template']}  {each['status']}")
        for each in refused:
            self.stderr.write(each["reason"])
        if not (done or refused):
            self.stdout.write("Nothing is to be submitted.")

    def _print_json(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False))


def _document(spec: ChannelSpec, line: TemplateLine) -> dict[str, Any]:
    return {
        "channel": spec.name,
        "name": line.own.name,
        "language": line.own.language,
        "state": line.state,
        "category": line.category,
        "quality": line.quality,
        "reason": line.reason,
        "remedy": line.remedy,
        "used_at": line.used_at.isoformat() if line.used_at else None,
        "usable": line.is_usable,
        "button": line.own.button.address if line.own.button else "",
    }
