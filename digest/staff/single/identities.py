"""Who somebody is at the newsroom's own provider, and which member of the desk that is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import models, transaction

from digest.kit.errors import ActionRefused
from digest.kit.text import one_line
from digest.staff.access import Role, may_come_alone
from digest.staff.audit import record
from digest.staff.members import Member


class SignInRefused(ActionRefused, ValueError):
    """The provider knows who it is, and the desk lets nobody in for it; the text says why."""


class MemberIdentity(models.Model):
    """A member's account at a provider: whoever shows it is that member, whatever their address."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities"
    )
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    class Meta:
        db_table = "digest_member_identity"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_of_one_member"),
            # An address that is given to somebody else there does not become theirs here, too.
            models.UniqueConstraint(fields=["issuer", "member"], name="identity_one_a_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member} at {self.issuer}"


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """What a provider says of somebody, proven. ``two_factors``: it asked for more than one."""

    issuer: str
    subject: str
    email: str = ""
    email_is_verified: bool = False
    name: str = ""
    two_factors: bool = False


@transaction.atomic
def member_of(
    shown: ProvenIdentity, *, new_role: str = "", domains: Collection[str] = (), now: datetime
) -> Member:
    """The member who that is: by the account they came with before, or by a verified address.

    Whoever is no member is made one of ``new_role`` only where that is given, and only with an
    address at one of ``domains``. Raises :class:`SignInRefused`.
    """
    known = MemberIdentity.objects.select_related("member")
    found = known.filter(issuer=shown.issuer, subject=shown.subject).first()
    if found is not None:
        return _active(found.member)
    if not (shown.email and shown.email_is_verified):
        raise SignInRefused(
            "It does not say that your email address is verified, so it could be anybody’s. "
            "Have it verified there first."
        )
    email = shown.email.strip().lower()
    member = Member.objects.select_for_update(no_key=True).filter(email=email).first()
    if member is None:
        member = _new(email, shown, new_role, domains, now)
    elif MemberIdentity.objects.filter(issuer=shown.issuer, member=member).exists():
        raise SignInRefused(
            "Your email address belongs to a member who came with another account before. "
            "Ask a chief."
        )
    link = {"issuer": shown.issuer, "subject": shown.subject}
    MemberIdentity.objects.create(member=_active(member), linked_at=now, **link)
    record(
        "linked an account",
        member,
        now=now,
        member=member,
        issuer=shown.issuer,
        account=shown.subject,
    )
    return member


def _active(member: Member) -> Member:
    if not member.is_active:
        raise SignInRefused("No member of the desk has this account. Ask a chief to invite you.")
    return member


def _new(
    email: str, shown: ProvenIdentity, role: str, domains: Collection[str], now: datetime
) -> Member:
    if not may_come_alone(role) or email.rpartition("@")[2] not in domains:
        raise SignInRefused(
            f"No member of the desk has the address {email}. Ask a chief to invite you."
        )
    first, _, last = one_line(shown.name)[:150].partition(" ")
    member = Member.objects.create_user(email, role=Role(role), first_name=first, last_name=last)
    record("came as a new member", member, now=now, member=member, role=role, issuer=shown.issuer)
    return member
