"""Outside production only allow-listed addresses are ever contacted."""

from collections.abc import Sequence

REFUSAL = (
    "Not contacted: this is no production installation and DIGEST_ALLOWED_RECIPIENTS"
    " does not list the address."
)


def may_contact(value: str, allowed: Sequence[str], *, production: bool) -> bool:
    """Whether an address may be contacted from here.

    ``allowed`` holds whole addresses, ``@domain`` for everybody at exactly that domain, or ``*``.
    """
    if production or "*" in allowed:
        return True
    value = value.lower()
    listed = {each.lower() for each in allowed}
    local, at, domain = value.rpartition("@")
    return value in listed or bool(local and at and f"@{domain}" in listed)
