"""Links that let a member choose a password: in an invitation, or for one who lost theirs.

Nothing is stored for them: a link is signed over the password there is, the last signing in and the
role, so it works once and ends when any of them changes (Django's ``PasswordResetTokenGenerator``).
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.http import base36_to_int, int_to_base36

from digest.kit.errors import ActionRefused
from digest.staff import audit, sessions
from digest.staff.members import Member
from digest.staff.signing_in import PasswordChange


class SpentLink(ActionRefused):
    """The link is spent, too old or made up."""


class _DoorTokens(PasswordResetTokenGenerator):
    """A link opens the place that its member had when it was made, and none that is given later.

    Whoever invites sees the link: a chief would otherwise come in as the operator that an operator
    makes of whom they had invited.
    """

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.role}"


_tokens = _DoorTokens()


def key_for(member: Member) -> str:
    """What stands in the link to ``member``'s page; counts for ``PASSWORD_RESET_TIMEOUT``."""
    return f"{int_to_base36(member.pk)}-{_tokens.make_token(member)}"


def member_behind(key: str) -> Member | None:
    """The active member whose link it is; None for one that is spent, too old or made up."""
    number, _, token = key.partition("-")
    try:
        member = Member.objects.filter(pk=base36_to_int(number), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return member if member is not None and _tokens.check_token(member, token) else None


def choose_password(key: str, new: str, again: str, *, now: datetime) -> PasswordChange:
    """Give the member behind ``key`` the password ``new``: every link and session of theirs ends
    with it. Of two who use a link at the same moment one is too late. Raises :class:`SpentLink`.
    """
    member = _behind(key)
    if new != again:
        return PasswordChange({"again": "The two are not the same. Write it twice."})
    try:
        validate_password(new, member)
    except ValidationError as error:
        return PasswordChange({"new": " ".join(error.messages)})
    hashed = make_password(new)  # takes its time, so nothing is locked yet
    with transaction.atomic():
        Member.objects.select_for_update().filter(pk=member.pk).first()
        member = _behind(key)
        member.password = hashed
        member.save(update_fields=["password"])
        sessions.end_all(member)
        audit.record("chose a password by link", member, now=now, member=member)
    return PasswordChange({})


def _behind(key: str) -> Member:
    member = member_behind(key)
    if member is None:
        raise SpentLink("This link is spent.")
    return member
