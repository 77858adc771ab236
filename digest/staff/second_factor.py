"""Whether a member signs in with a second factor, and taking it off one who lost it."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from digest.staff.access import needs_second_factor
from digest.staff.members import Member

# Recovery codes alone are none: they stand in for one of these.
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

# In the session of a member who has one, so that the database is asked once.
_PROVEN = "second_factor"


def lacks_second_factor(member: Member, session: SessionBase) -> bool:
    """Whether ``member`` must set one up before anything else is shown to them."""
    if not needs_second_factor(member.role, settings.DIGEST_SECOND_FACTOR):
        return False
    if session.get(_PROVEN):
        return False
    if not has_second_factor(member):
        return True
    session[_PROVEN] = True
    return False


def was_proven(session: SessionBase) -> None:
    """Note that whoever began the session has shown a second factor elsewhere."""
    session[_PROVEN] = True


def has_second_factor(member: Member) -> bool:
    """Whether a code or a key is asked of ``member`` after the password."""
    return bool(Authenticator.objects.filter(user_id=member.pk, type__in=_FACTORS).exists())


def is_last_factor(authenticator: Authenticator) -> bool:
    """Whether its owner has no other."""
    others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=_FACTORS)
    return not others.exclude(pk=authenticator.pk).exists()


def drop_second_factor(member: Member) -> bool:
    """Take every factor and recovery code off ``member``; False where there was none."""
    dropped, _ = Authenticator.objects.filter(user_id=member.pk).delete()
    return bool(dropped)
