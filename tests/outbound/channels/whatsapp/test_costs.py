"""What a send by WhatsApp costs: by category and country, honest where a rate is not known."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.channels.whatsapp.costs import (
    CATEGORIES,
    COSTS,
    BadRates,
    country_of,
    forecast,
    rates,
)

TABLE = rates(
    """
    currency USD   # Meta's card of October
    SG marketing 0.0732
    sg, utility, 0.0217
    MY marketing 0.0860
    """
)


def test_a_table_is_read_in_either_spelling() -> None:
    assert TABLE.currency == "USD"
    assert TABLE.prices["SG", "utility"] == Decimal("0.0217")
    assert rates("currency eur; FR marketing 0.14").prices == {("FR", "marketing"): Decimal("0.14")}
    assert rates("").prices == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SG marketing", "Line 1 .*write it as"),
        ("\nSG marketing 0,07 3", "Line 2"),
        ("XX marketing 1", "'XX' is no country"),
        ("Singapore marketing 1", "'Singapore' is no country"),
        ("SG news 1", "'news' is none of marketing"),
        ("SG marketing free", "'free' is no price"),
        ("SG marketing -1", "'-1' is no price"),
        ("SG marketing nan", "no price"),
        ("SG marketing 1e9", "no price"),
    ],
)
def test_a_table_that_cannot_be_read_names_its_line(text: str, said: str) -> None:
    with pytest.raises(BadRates, match=said):
        rates(text)


@pytest.mark.parametrize(
    ("prefix", "country"),
    [
        ("+6591", "SG"), ("+6012", "MY"), ("+8210", "KR"), ("+3361", "FR"), ("+4479", "GB"),
        ("+1212", "US"), ("+1416", "CA"), ("+1876", "JM"), ("+7701", "KZ"), ("+7916", "RU"),
        ("+3531", "IE"), ("", ""), ("+", ""), ("+999", ""), ("reade", ""),
    ],
)  # fmt: skip
def test_a_number_s_beginning_tells_its_country(prefix: str, country: str) -> None:
    assert country_of(prefix) == country


def test_the_sum_is_told_with_what_it_leaves_out() -> None:
    told = forecast({"+6591": 3_000, "+6582": 120, "+6012": 900, "+3361": 12}, "marketing", TABLE)
    assert [(each.country, each.count, each.cost) for each in told.lines] == [
        ("Singapore", 3_120, Decimal("228.3840")),
        ("Malaysia", 900, Decimal("77.4000")),
        ("France", 12, None),
    ]
    assert told.words == (
        "By WhatsApp it costs at most USD 305.78, billed as marketing. That leaves out 12 readers"
        " in countries without a rate. Write the rates of Meta’s card into DIGEST_WHATSAPP_RATES."
    )


def test_a_rate_for_everybody_is_told_alone_and_none_at_all_is_said() -> None:
    assert forecast({"+6591": 1}, "utility", TABLE).words == (
        "By WhatsApp it costs at most USD 0.02, billed as utility."
    )
    nothing = forecast({"+6591": 5, "+3361": 1}, "marketing", rates("")).words
    assert nothing.startswith("What it costs by WhatsApp is not known")
    assert forecast({}, "marketing", TABLE).words == ""


@given(
    st.dictionaries(st.from_regex(r"\+[1-9]\d{3}", fullmatch=True), st.integers(1, 10**6)),
    st.sampled_from(CATEGORIES),
)
def test_nobody_is_lost_between_the_countries(counts: dict[str, int], category: str) -> None:
    told = forecast(counts, category, TABLE)
    assert sum(each.count for each in told.lines) == sum(counts.values())
    priced = sum(each.count for each in told.lines if each.price is not None)
    assert priced + told.unpriced == sum(counts.values())


def settings(**changes: str) -> Any:
    made = {"DIGEST_LANGUAGE": "", "DIGEST_WHATSAPP_RATES": "", "DIGEST_WHATSAPP_SITE": ""}
    return SimpleNamespace(**(made | changes))


def test_where_a_button_may_stand_below_it_an_alert_costs_at_most_the_dearer_of_both() -> None:
    told = "SG marketing 0.07; SG utility 0.02"
    config = settings(DIGEST_WHATSAPP_RATES=told, DIGEST_WHATSAPP_SITE="https://news.example/")
    facts = {"category:alert:en": {"category": "UTILITY"}}
    assert COSTS.forecast({"+6591": 1}, "alert", facts, config).category == "utility"
    facts["status:alert_button:en"] = {"status": "APPROVED"}
    assert COSTS.forecast({"+6591": 1}, "alert", facts, config).total == Decimal("0.07")
    config.DIGEST_WHATSAPP_SITE = ""
    assert COSTS.forecast({"+6591": 1}, "alert", facts, config).total == Decimal("0.02")


def test_the_category_is_the_one_that_meta_gave_last() -> None:
    config = settings(DIGEST_WHATSAPP_RATES="SG utility 0.02")
    told = COSTS.forecast({"+6591": 1}, "alert", {}, config)
    assert (told.category, told.unpriced) == ("marketing", 1)
    facts = {"category:alert:en": {"category": "UTILITY"}}
    assert COSTS.forecast({"+6591": 1}, "alert", facts, config).unpriced == 0
    config.DIGEST_WHATSAPP_RATES = "nonsense"
    assert COSTS.forecast({"+6591": 1}, "edition", facts, config).unpriced == 1
