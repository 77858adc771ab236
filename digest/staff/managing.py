"""Steps on the newsroom's people: invited, given a role, ended, let in again, signed out."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from digest.kit.errors import ActionRefused
from digest.staff import audit, letters
from digest.staff.access import Role, may_give, takes_scope
from digest.staff.letters import MemberLetter
from digest.staff.members import Member
from digest.staff.second_factor import drop_second_factor
from digest.staff.sessions import end_all, end_one


class MemberRefused(ActionRefused, ValueError):
    """It was not done; the text says why, and who could do it."""


@transaction.atomic
def invite(
    email: str,
    name: str,
    role: str,
    *,
    scope: Mapping[int, str] | None = None,
    now: datetime,
    by: Member,
) -> Member:
    """Make somebody a member and mail them the link to choose a password.

    ``scope``: the newsletters, by id and name, that they change and send alone; all without.

    Raises :class:`MemberRefused` for an address that is none or somebody's, and for a role that
    ``by`` may not give.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise MemberRefused(
            f"“{email}” is no mail address. Write it as in ada@example.org."
        ) from None
    given = _role(role, by)
    held = _scope(given.value, scope, by)
    if Member.objects.filter(email=email).exists():
        raise MemberRefused(f"{email} is a member already: look in the list, also among the ended.")
    first, _, last = " ".join(name.split()).partition(" ")
    names = {"first_name": first[:150], "last_name": last[:150]}
    try:
        with transaction.atomic():
            member = Member.objects.create_user(email, None, time_zone=by.time_zone, **names)
    except IntegrityError:
        # Somebody invites them at this very moment.
        raise MemberRefused(f"{email} is a member already: look in the list.") from None
    member.scope = held
    member.save(update_fields=["scope"])
    _give(member, given)
    letters.ask_for(MemberLetter.Kind.INVITATION, member, now=now, by=by)
    only: dict[str, Any] = {"newsletters": sorted(scope.values())} if scope is not None else {}
    audit.record("invited", member, now=now, member=by, email=email, role=given.value, **only)
    return member


@transaction.atomic
def give_role(member: Member, role: str, *, now: datetime, by: Member) -> None:
    """Make ``member`` a ``role``. Raises :class:`MemberRefused`."""
    member = _to_change(member, by)
    given, before = _role(role, by), member.role
    if given.value == before:
        return
    _keep_an_operator(member)
    if not takes_scope(given.value) and member.scope is not None:
        raise MemberRefused(
            f"{member} has some newsletters alone. Give them all of them first, then the role."
        )
    _give(member, given)
    audit.record("gave role", member, now=now, member=by, before=before, after=given.value)
    if not member.has_usable_password():
        # The link in their invitation ended with the role that it was for.
        letters.ask_for(MemberLetter.Kind.INVITATION, member, now=now, by=by)


@transaction.atomic
def give_scope(
    member: Member,
    scope: Mapping[int, str] | None,
    *,
    before: Collection[str] | None,
    now: datetime,
    by: Member,
) -> None:
    """Hold ``member`` to the newsletters of ``scope``, by id and name; None lets them change all.

    ``before`` names those they were held to. Raises :class:`MemberRefused`.
    """
    member = _to_change(member, by)
    held = _scope(member.role, scope, by)
    if held == member.scope:
        return
    member.scope = held
    member.save(update_fields=["scope"])
    audit.record(
        "gave newsletters to", member, now=now, member=by,
        before="all" if before is None else sorted(before),
        after="all" if scope is None else sorted(scope.values()),
    )  # fmt: skip


@transaction.atomic
def end(member: Member, *, now: datetime, by: Member) -> None:
    """Let ``member`` in no more, from this moment. Raises :class:`MemberRefused`."""
    member = _to_change(member, by)
    _keep_an_operator(member)
    member.is_active = False
    member.save(update_fields=["is_active"])
    ended = end_all(member)
    audit.record("ended", member, now=now, member=by, sessions=ended)


@transaction.atomic
def readmit(member: Member, *, now: datetime, by: Member) -> None:
    """Let in again who was ended. Raises :class:`MemberRefused`."""
    member = _to_change(member, by)
    member.is_active = True
    member.save(update_fields=["is_active"])
    audit.record("readmitted", member, now=now, member=by)


@transaction.atomic
def write_again(member: Member, *, now: datetime, by: Member) -> bool:
    """Mail the link to choose a password once more; False when too many were asked for lately."""
    member = _to_change(member, by)
    invited = not member.has_usable_password()
    kind = MemberLetter.Kind.INVITATION if invited else MemberLetter.Kind.RECOVERY
    asked = letters.ask_for(kind, member, now=now, by=by)
    if asked:
        audit.record("sent a password link to", member, now=now, member=by)
    return asked


@transaction.atomic
def drop_factor(member: Member, *, now: datetime, by: Member) -> None:
    """Take the second factor off ``member``, who lost it. Raises :class:`MemberRefused`."""
    member = _to_change(member, by)
    if not drop_second_factor(member):
        raise MemberRefused(f"{member} has no second factor.")
    end_all(member)
    audit.record("dropped the second factor of", member, now=now, member=by)


@transaction.atomic
def sign_out(member: Member, session_id: int, *, now: datetime, by: Member) -> None:
    """End one session of ``member``; one's own too. Raises :class:`MemberRefused`."""
    if member.pk != by.pk:
        member = _to_change(member, by)
    if not end_one(member, session_id):
        raise MemberRefused("That session has ended already.")
    audit.record("signed out", member, now=now, member=by, session=session_id)


def _scope(role: str, scope: Mapping[int, str] | None, by: Member) -> list[int] | None:
    """The ids of a scope that ``by`` may give to who has ``role``."""
    if by.scope is not None:
        raise MemberRefused("Who has some newsletters alone changes no other member.")
    if scope is None:
        return None
    if not takes_scope(role):
        raise MemberRefused("Only editors and chiefs are held to newsletters; leave it at all.")
    if not scope:
        raise MemberRefused("Choose at least one newsletter, or all.")
    return sorted(scope)


def _role(role: str, by: Member) -> Role:
    try:
        wanted = Role(role)
    except ValueError:
        raise MemberRefused("Choose a role from the list.") from None
    if not may_give(by.role, wanted):
        raise MemberRefused(f"A {_label(by)} cannot make somebody {wanted.label}: an operator can.")
    return wanted


def _to_change(member: Member, by: Member) -> Member:
    """``member``, locked, if ``by`` may change them; every operator, so that one stays."""
    if by.scope is not None:
        raise MemberRefused("Who has some newsletters alone changes no other member.")
    if member.pk == by.pk:
        raise MemberRefused("Nobody changes their own place: another member can.")
    locked = {
        each.pk: each
        for each in Member.objects.select_for_update()
        .filter(pk__in=_with_operators(member))
        .order_by("pk")
    }
    found = locked[member.pk]
    if not may_give(by.role, Role(found.role)):
        raise MemberRefused(f"{found} is {found.get_role_display()}: an operator can change that.")
    return found


def _with_operators(member: Member) -> list[int]:
    operators = Member.objects.filter(role=Role.OPERATOR, is_active=True)
    return [member.pk, *operators.values_list("pk", flat=True)]


def _keep_an_operator(member: Member) -> None:
    others = Member.objects.filter(role=Role.OPERATOR, is_active=True).exclude(pk=member.pk)
    if member.role == Role.OPERATOR and not others.exists():
        raise MemberRefused("This is the last operator. Make somebody else one first.")


def _give(member: Member, role: Role) -> None:
    operator = role is Role.OPERATOR
    member.role = role.value
    member.is_staff = member.is_superuser = operator
    member.save(update_fields=["role", "is_staff", "is_superuser"])


def _label(member: Member) -> str:
    return Role(member.role).label.lower()
