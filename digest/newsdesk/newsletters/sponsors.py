"""Steps: a newsletter's sponsor for some dates; who it is on a date."""

from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction

from digest.kit.errors import ActionRefused
from digest.newsdesk.newsletters.core.sponsor import SponsorPlan
from digest.newsdesk.newsletters.models import Newsletter, Sponsorship
from digest.staff.audit import record
from digest.staff.members import Member


class SponsorRefused(ActionRefused, ValueError):
    """The sponsor cannot be booked; the text says why."""


@transaction.atomic
def book_sponsor(newsletter_id: int, plan: SponsorPlan, *, now: datetime, member: Member) -> int:
    """Book ``plan`` for a newsletter; returns its id. Raises :class:`SponsorRefused`.

    An edition carries one sponsor at most, so dates that are taken are refused.
    """
    newsletter = Newsletter.objects.select_for_update().get(pk=newsletter_id)
    taken = newsletter.sponsorships.filter(first__lte=plan.last, last__gte=plan.first).first()
    if taken is not None:
        raise SponsorRefused(
            f"{taken.name} has it from {taken.first} to {taken.last}: choose other dates, or take"
            " that booking away first."
        )
    booked = Sponsorship.objects.create(newsletter=newsletter, created_at=now, **asdict(plan))
    told = {key: str(value) for key, value in asdict(plan).items()}
    record("booked sponsor", newsletter, now=now, member=member, **told)
    return booked.pk


@transaction.atomic
def cancel_sponsor(
    newsletter_id: int, sponsorship_id: int, *, now: datetime, member: Member
) -> str:
    """Take a booking away; its name, or nothing where it is gone already.

    Editions that were published keep what they said.
    """
    booked = Sponsorship.objects.filter(newsletter=newsletter_id, pk=sponsorship_id).first()
    if booked is None:
        return ""
    record(
        "cancelled sponsor", booked.newsletter, now=now, member=member,
        name=booked.name, first=str(booked.first), last=str(booked.last),
    )  # fmt: skip
    booked.delete()
    return booked.name


def sponsor_on(newsletter_id: int, day: date) -> Sponsorship | None:
    """Whose words the edition of a local date carries."""
    booked = Sponsorship.objects.filter(newsletter=newsletter_id, first__lte=day, last__gte=day)
    return booked.order_by("pk").first()
