"""What Meta bills: by category and the reader's country, at rates that the newsroom writes down.

Meta publishes its rate cards by market and changes them; none is kept here. A message is billed
when it is delivered: https://developers.facebook.com/docs/whatsapp/pricing
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from babel import Locale

from digest.kit.errors import InvalidInput
from digest.outbound.channels.costs import CostForecast, CountryCost
from digest.outbound.channels.provider_templates import Facts
from digest.outbound.channels.whatsapp import slots
from digest.outbound.channels.whatsapp.button import base_of
from digest.outbound.channels.whatsapp.templates import (
    OTHERWISE,
    USABLE,
    WITH_BUTTON,
    WITH_PICTURE,
    sent_in,
    standing,
)

CATEGORIES = ("marketing", "utility", "service", "authentication")
# Of an edition the longest, which most have.
_TEMPLATES = {"alert": "alert", "edition": "top_reads_5"}
_REMEDY = "Write the rates of Meta’s card into DIGEST_WHATSAPP_RATES."
_MOST = Decimal(100)
_PAD = "5550100000"


class BadRates(InvalidInput, ValueError):
    """A table of rates that cannot be read; the text names the line."""


@dataclass(frozen=True, slots=True)
class RateTable:
    """Prices of one message by country (ISO 3166, as ``SG``) and category."""

    currency: str = ""
    prices: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)


def rates(text: str) -> RateTable:
    """The table in lines: ``currency USD`` once, then ``SG marketing 0.0732`` each.

    Commas may stand for the spaces; ``#`` begins a remark. Raises :class:`BadRates`.
    """
    currency, prices = "", dict[tuple[str, str], Decimal]()
    for number, line in enumerate(re.split(r"[\n;]", text), 1):
        words = line.partition("#")[0].replace(",", " ").split()
        if not words:
            continue
        if words[0].lower() == "currency" and len(words) == 2:
            currency = words[1].upper()
            continue
        if len(words) != 3:
            raise BadRates(f"Line {number} of the rates: write it as SG marketing 0.0732.")
        country, category = words[0].upper(), words[1].lower()
        if country not in phonenumbers.SUPPORTED_REGIONS:
            raise BadRates(f"Line {number} of the rates: {words[0]!r} is no country; as SG.")
        if category not in CATEGORIES:
            known = ", ".join(CATEGORIES)
            raise BadRates(f"Line {number} of the rates: {words[1]!r} is none of {known}.")
        prices[country, category] = _price(words[2], number)
    return RateTable(currency, prices)


def country_of(prefix: str) -> str:
    """The country that a number beginning so belongs to, as ``SG``; empty for none."""
    digits = prefix.removeprefix("+")
    for length in (1, 2, 3):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(
            int(digits[:length]) if digits[:length].isdecimal() else 0, ()
        )
        if regions and len(digits) >= length:
            return _of_shared(digits, regions) if len(regions) > 1 else str(regions[0])
    return ""


def forecast(counts: Mapping[str, int], category: str, table: RateTable) -> CostForecast:
    """What messages of ``category`` to so many numbers by their prefix cost."""
    by_country = Counter[str]()
    for prefix, count in counts.items():
        by_country[country_of(prefix)] += count
    lines = [
        CountryCost(_named(country), count, table.prices.get((country, category)))
        for country, count in by_country.items()
        if count > 0
    ]
    lines.sort(key=lambda line: (-line.count, line.country))
    return CostForecast("WhatsApp", category, table.currency, tuple(lines), _REMEDY)


class WhatsAppCosts:
    """The costs of the channel ``whatsapp``."""

    # + and four digits: the longest code of a country, and the area where many share one.
    prefix = 5

    def forecast(
        self, counts: Mapping[str, int], kind: str, facts: Facts, config: Any
    ) -> CostForecast:
        """By the category that Meta has given the template last; where one with a button or a
        picture may go out instead, by the dearest of them.
        """
        try:
            table = rates(config.DIGEST_WHATSAPP_RATES)
        except BadRates:
            table = RateTable()  # the doctor's own finding says so
        found = [forecast(counts, each, table) for each in _categories(facts, kind, config)]
        return max(found, key=lambda each: each.total)


def _categories(facts: Facts, kind: str, config: Any) -> tuple[str, ...]:
    """What the messages of a send may be billed as."""
    name, newsroom = _TEMPLATES[kind], slots.code(config.DIGEST_LANGUAGE or "en")
    plain = standing(facts, name, sent_in(facts, name, newsroom, OTHERWISE))
    others = [WITH_BUTTON.get(name, ""), WITH_PICTURE.get(name, "")]
    others = [each for each in others if each and base_of(config.DIGEST_WHATSAPP_SITE)]
    richer = [standing(facts, each, newsroom) for each in others]
    sent = [plain, *(each for each in richer if each.status in USABLE)]
    return tuple(each.category.lower() for each in sent)


def _of_shared(digits: str, regions: tuple[str, ...]) -> str:
    """Of those that share a code, by a number that begins so; else the largest."""
    try:
        number = phonenumbers.parse(f"+{(digits + _PAD)[:11]}", None)
    except phonenumbers.NumberParseException:
        return str(regions[0])
    found = phonenumbers.region_code_for_number(number)
    return str(found) if found in regions else str(regions[0])


def _named(country: str) -> str:
    return str(Locale("en").territories.get(country, country or "elsewhere"))


def _price(word: str, number: int) -> Decimal:
    try:
        price = Decimal(word)
    except InvalidOperation:
        price = Decimal("nan")
    if not price.is_finite() or not 0 <= price <= _MOST:
        raise BadRates(f"Line {number} of the rates: {word!r} is no price of one message.")
    return price


COSTS = WhatsAppCosts()
