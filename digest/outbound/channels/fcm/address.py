"""Where an app is reached by Firebase: a registration token or an installation id (pure)."""

import re

from digest.audience.kinds import AddressKind, BadAddress

NAME = "fcm"
# Tokens are deprecated for installation ids (fid) since June 2026; both are taken.
_FID = re.compile(r"[A-Za-z0-9_-]{22}")
_TOKEN = re.compile(r"[A-Za-z0-9_:.-]{60,1000}")


def registration(value: str) -> str:
    """A token or a fid as the app got it. Raises BadAddress."""
    value = value.strip()
    if not (is_fid(value) or _TOKEN.fullmatch(value)):
        raise BadAddress("That is neither a registration token nor an installation id of Firebase.")
    return value


def is_fid(value: str) -> bool:
    """Whether it is an installation's id."""
    return bool(_FID.fullmatch(value))


REGISTRATION = AddressKind(
    field="registration",
    label="The app’s registration",
    example="fMY1…:APA91b…",
    normalise=registration,
    mask=lambda value: f"an app (…{value[-4:]})",
    input="hidden",
    longest=1_000,
)
