"""Phone numbers in one spelling (E.164)."""

import re
from unicodedata import decimal

import phonenumbers

from digest.audience.kinds import AddressKind, BadAddress


def phone(value: str) -> str:
    """A phone number as E.164, e.g. ``+6591234567``; it must begin with its country's code."""
    # Keyboards for Arabic, and wide ones, have digits of their own.
    value = "".join(str(decimal(each, each)) for each in value.strip()[:40])
    if value.startswith("00"):
        value = "+" + value[2:]
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        raise BadAddress("Begin with + and the country’s code, like +65 9123 4567.") from None
    if not phonenumbers.is_valid_number(number):
        raise BadAddress("That number does not exist; check its digits and the country’s code.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def spellings(value: str) -> tuple[str, ...]:
    """The other forms in which WhatsApp may write a number of E.164.

    Mexico's and Argentina's mobiles are there with and without a digit behind the country's code
    (+52 1, +54 9), Brazil's with and without the ninth digit that the areas got one by one.
    """
    found = []
    for short, long in ((r"\+52(\d{10})", "+521{}"), (r"\+54(\d{10})", "+549{}")):
        marked = re.escape(long[:-2]) + r"(\d{10})"
        if match := re.fullmatch(marked, value):
            found.append(f"{long[:3]}{match[1]}")
        elif match := re.fullmatch(short, value):
            found.append(long.format(match[1]))
    if match := re.fullmatch(r"\+55(\d\d)9(\d{8})", value):
        found.append(f"+55{match[1]}{match[2]}")
    elif match := re.fullmatch(r"\+55(\d\d)([6-9]\d{7})", value):
        found.append(f"+55{match[1]}9{match[2]}")
    return tuple(found)


PHONE_NUMBER = AddressKind(
    field="phone",
    label="Your WhatsApp number",
    example="+65 9123 4567",
    normalise=phone,
    spellings=spellings,
    input="tel",
    autocomplete="tel",
    longest=40,
)
