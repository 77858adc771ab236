"""Where a newsroom posts on Mastodon: its own account (pure)."""

import re

from digest.audience.kinds import AddressKind, BadAddress

NAME = "mastodon"
_ACCOUNT = re.compile(r"@?(\w{1,30})@([\w.-]{3,253}(?::\d{1,5})?)", re.ASCII)
_PAGE = re.compile(r"https?://([\w.:-]{3,259})/@(\w{1,30})/?", re.ASCII)


def account(value: str) -> str:
    """``@name@server``. Raises BadAddress."""
    value = value.strip()
    if page := _PAGE.fullmatch(value):
        value = f"@{page[2]}@{page[1]}"
    found = _ACCOUNT.fullmatch(value)
    if not found:
        raise BadAddress("Write the account as @name@server.")
    return f"@{found[1]}@{found[2]}".lower()


ACCOUNT = AddressKind(
    field="mastodon",
    label="Mastodon account",
    example="@meridian@news.example",
    normalise=account,
    mask=str,
    longest=300,
)
