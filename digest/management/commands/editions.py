"""``digest editions``: compose, preview, rehearse and send editions by hand."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from digest.kit.clock import now
from digest.newsdesk.editions.approve import release, skip
from digest.newsdesk.editions.compose import Composed, compose_due, compose_next
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.lock import EditionRefused, StaleEdition
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.editions.publish import Published, publish, publish_due
from digest.newsdesk.editions.sheet import Heading, agenda
from digest.newsdesk.newsletters.models import Newsletter
from digest.outbound.channels import registry
from digest.outbound.channels.rendering import render_edition
from digest.outbound.delivery.planning.dry_run import dry_run
from digest.outbound.delivery.planning.plan import plan_edition
from digest.outbound.delivery.planning.rehearsal import NotRehearsed, rehearse
from digest.outbound.delivery.planning.wording import newsroom
from digest.staff.members import Member

HAND = "the command line"


class Command(BaseCommand):
    """The desk by hand: compose, look, publish, send."""

    help = "Compose editions, list and preview them, publish or send one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One verb per step."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        composing = verbs.add_parser("compose", help="make the drafts that are due")
        composing.add_argument(
            "--newsletter", metavar="SLUG", help="make this one's next draft, however early"
        )
        listing = verbs.add_parser("list", help="what is open, then what went")
        listing.add_argument("--limit", type=int, default=20)
        looking = verbs.add_parser("preview", help="print what an edition says")
        looking.add_argument("--channel", default=registry.names()[0], help="a channel's name")
        publishing = verbs.add_parser("publish", help="freeze one edition, or all that are due")
        sending = verbs.add_parser("send", help="publish an edition now and send it")
        sending.add_argument("--yes", action="store_true", help="do it: readers will get it")
        sending.add_argument(
            "--dry-run", action="store_true", help="say who would get it, and change nothing"
        )
        seeding = verbs.add_parser("seed", help="mail a test to inboxes of the newsroom's own")
        seeding.add_argument(
            "--to", action="append", help="this address instead of those of DIGEST_SEEDS"
        )
        releasing = verbs.add_parser("release", help="let a held edition go, late as it is")
        skipping = verbs.add_parser("skip", help="let a slot pass without its edition")
        skipping.add_argument("--reason", default="", help="kept with the edition")
        for verb in (looking, sending, seeding, releasing, skipping):
            verb.add_argument("edition", type=int, help="the id that `digest editions list` shows")
        publishing.add_argument("edition", type=int, nargs="?", help="left out: all that are due")
        for verb in (releasing, skipping):
            verb.add_argument("--as", dest="member", required=True, help="an editor's address")
        for verb in verbs.choices.values():
            verb.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Call the step; what it refuses is printed with its remedy."""
        try:
            getattr(self, f"_{options['verb']}")(options)
        except (EditionRefused, StaleEdition, ValueError) as error:
            raise CommandError(str(error)) from error
        except Edition.DoesNotExist as error:
            raise CommandError(
                f"There is no edition {options['edition']}; `digest editions list` shows them all."
            ) from error

    def _compose(self, options: dict[str, Any]) -> None:
        slug = options["newsletter"]
        made = compose_next(_newsletter(slug).pk, now=now()) if slug else compose_due(now=now())
        if options["json"]:
            self._json(composed(made))
            return
        for skipped in made.skipped:
            self.stderr.write(f"Newsletter {skipped.newsletter_id}: {skipped.reason}")
        if not made.edition_ids:
            self.stdout.write(f"No new draft; {len(made.refreshed)} brought up to the news.")
        for edition_id in made.edition_ids:
            items = len(content_of(edition_id).items)
            self.stdout.write(f"Edition {edition_id}: {items} items.")

    def _list(self, options: dict[str, Any]) -> None:
        found = agenda(limit=options["limit"])
        if options["json"]:
            self._json({"editions": [described(each) for each in found]})
            return
        table = Table("id", "edition", "slot (UTC)", "state", "reason")
        for each in found:
            table.add_row(
                str(each.edition_id), f"{each.title}, {each.local_date:%d %b}",
                f"{each.slot_at:%Y-%m-%d %H:%M}", each.state, each.state_reason,
            )  # fmt: skip
        Console().print(table if found else "No editions yet; `digest editions compose` makes one.")

    def _preview(self, options: dict[str, Any]) -> None:
        content = content_of(options["edition"])
        if options["json"]:
            self._json(content.to_document())
            return
        if not content.items:
            raise EditionRefused("The edition is empty: nothing to show yet.")
        try:
            fields = render_edition(content, options["channel"], newsroom()).fields
        except KeyError as error:
            raise EditionRefused(f"No words for {error} yet; try email or whatsapp.") from error
        self.stdout.write(fields.get("subject", ""))
        self.stdout.write(fields["text"])

    def _publish(self, options: dict[str, Any]) -> None:
        if options["edition"] is None:
            done = publish_due(now=now())
        else:
            done = (publish(options["edition"], now=now(), by=HAND),)
        self._tell(done, {}, options)

    def _send(self, options: dict[str, Any]) -> None:
        edition_id = options["edition"]
        if options["dry_run"]:
            return self._dry_run(options)
        if not options["yes"]:
            words = content_of(edition_id)
            raise EditionRefused(
                f"“{words.title}” with {len(words.items)} items would go to its readers now. "
                "Look at it with `digest editions preview`, then say --yes."
            )
        done = publish(edition_id, now=now(), by=HAND)
        sends = plan_edition(edition_id, done.revision, now=now()).send_ids
        return self._tell((done,), {"sends": list(sends)}, options)

    def _dry_run(self, options: dict[str, Any]) -> None:
        found = dry_run(options["edition"], now=now())
        if options["json"]:
            self._json({"dry_run": [asdict(each) for each in found]})
            return
        for each in found:
            words = f"{each.channel}: {each.readers:,} readers, “{each.subject}”."
            if each.shut_out:
                words += f" {each.shut_out:,} of them would be skipped: this is no production."
            self.stdout.write(f"{words} {each.held}".rstrip())
        self.stdout.write("Nothing was changed, and nothing was sent.")

    def _seed(self, options: dict[str, Any]) -> None:
        content = content_of(options["edition"])
        seeds = options["to"] or settings.DIGEST_SEEDS
        if not seeds:
            raise EditionRefused(
                "Nobody to send it to: set DIGEST_SEEDS, or name addresses with --to."
            )
        found = [_seeded(content, to) for to in seeds]
        if options["json"]:
            self._json({"seeds": found})
        else:
            for each in found:
                self.stdout.write(f"{each['to']}: {each['reply']}")
        if not all(each["accepted"] for each in found):
            raise CommandError("Not every test was accepted; the relay's words are above.")

    def _release(self, options: dict[str, Any]) -> None:
        edition = Edition.objects.get(pk=options["edition"])
        member = _member(options["member"])
        release(edition.pk, lock_version=edition.lock_version, member=member, now=now())
        self._tell(publish_due(now=now()), {}, options)

    def _skip(self, options: dict[str, Any]) -> None:
        edition = Edition.objects.get(pk=options["edition"])
        decided = skip(
            edition.pk, options["reason"], lock_version=edition.lock_version,
            member=_member(options["member"]), now=now(),
        )  # fmt: skip
        if options["json"]:
            self._json({"edition": decided.edition_id, "state": decided.state})
        else:
            self.stdout.write(f"Edition {decided.edition_id} is skipped.")

    def _tell(
        self, done: tuple[Published, ...], more: dict[str, Any], options: dict[str, Any]
    ) -> None:
        if options["json"]:
            plain = [
                {"edition": p.edition_id, "revision": p.revision, "first": p.first} for p in done
            ]
            self._json({"published": plain, **more})
            return
        for each in done:
            before = "" if each.first else " had been published before; nothing changed"
            self.stdout.write(f"Edition {each.edition_id}, revision {each.revision}{before}.")
        if more.get("sends"):
            self.stdout.write(
                f"Sends {', '.join(map(str, more['sends']))}; see `digest sends list`."
            )
        if not done:
            self.stdout.write("Nothing is due.")

    def _json(self, plain: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(plain))


def _seeded(content: EditionContent, to: str) -> dict[str, Any]:
    try:
        receipt = rehearse(content, to, now=now())
    except NotRehearsed as error:
        return {"to": to, "accepted": False, "reply": str(error)}
    return {"to": to, "accepted": True, "reply": f"{receipt.code} {receipt.reply}"}


def composed(made: Composed) -> dict[str, Any]:
    """The result of composing as JSON-ready values."""
    return {
        "editions": list(made.edition_ids),
        "refreshed": list(made.refreshed),
        "skipped": [{"newsletter": s.newsletter_id, "reason": s.reason} for s in made.skipped],
    }


def described(heading: Heading) -> dict[str, Any]:
    """An edition in a list as JSON-ready values."""
    return {
        "id": heading.edition_id,
        "public_id": heading.public_id,
        "newsletter": heading.newsletter_slug,
        "title": heading.title,
        "date": heading.local_date.isoformat(),
        "slot_at": heading.slot_at.isoformat(),
        "state": heading.state,
        "reason": heading.state_reason,
    }


def _newsletter(slug: str) -> Newsletter:
    found = Newsletter.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Newsletter.objects.values_list("slug", flat=True)) or "none yet"
        raise EditionRefused(f"There is no newsletter {slug!r}; there is: {known}.")
    return found


def _member(email: str) -> Member:
    found = Member.objects.filter(email=email.lower(), is_active=True).first()
    if found is None:
        raise EditionRefused(f"No member of the newsroom signs in as {email!r}.")
    return found
