"""Links that let a member choose a password: in an invitation, or for one who lost theirs.

Nothing is stored for them: a link is signed over the password there is and the last signing in, so
it works once and ends when either changes (Django's ``PasswordResetTokenGenerator``).
"""

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.utils.http import base36_to_int, int_to_base36

from digest.staff.members import Member
from digest.staff.signing_in import PasswordChange

_tokens = PasswordResetTokenGenerator()


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


def choose_password(member: Member, new: str, again: str) -> PasswordChange:
    """Give ``member`` the password ``new``: every link and session of theirs ends with it."""
    if new != again:
        return PasswordChange({"again": "The two are not the same. Write it twice."})
    try:
        validate_password(new, member)
    except ValidationError as error:
        return PasswordChange({"new": " ".join(error.messages)})
    member.set_password(new)
    member.save(update_fields=["password"])
    return PasswordChange({})
