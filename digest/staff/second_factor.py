"""Whether a member signs in with a second factor, and taking it off one who lost it."""

from allauth.mfa.models import Authenticator

from digest.staff.members import Member

# Recovery codes alone are none: they stand in for one of these.
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


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
