"""Phone numbers in one spelling (E.164)."""

import phonenumbers

from digest.audience.kinds import AddressKind, BadAddress


def phone(value: str) -> str:
    """A phone number as E.164, e.g. ``+6591234567``; it must begin with its country's code."""
    value = value.strip()[:40]
    if value.startswith("00"):
        value = "+" + value[2:]
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        raise BadAddress("Begin with + and the country’s code, like +65 9123 4567.") from None
    if not phonenumbers.is_valid_number(number):
        raise BadAddress("That number does not exist; check its digits and the country’s code.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


PHONE_NUMBER = AddressKind(
    field="phone",
    label="Your WhatsApp number",
    example="+65 9123 4567",
    normalise=phone,
    input="tel",
    autocomplete="tel",
    longest=40,
)
