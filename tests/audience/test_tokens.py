"""Tokens open the one page they were made for, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core import tokens
from digest.audience.core.tokens import BadToken, Leaving, OwnData, OwnPage
from digest.kit.signing import seal

IDS = st.integers(0, 2**63 - 1)


@given(IDS, st.integers(0, 10_000))
def test_a_token_says_what_was_put_in(number: int, generation: int) -> None:
    confirm = tokens.confirm_token("k", number)
    assert tokens.read_confirm("k", confirm) == number
    leave = tokens.unsubscribe_token("k", number)
    assert tokens.read_unsubscribe("k", leave) == Leaving(subscription_id=number)
    leave = tokens.unsubscribe_token("k", schedule_id=number)
    assert tokens.read_unsubscribe("k", leave) == Leaving(schedule_id=number)
    own = tokens.preferences_token("k", number, generation)
    assert tokens.read_preferences("k", own) == OwnPage(number, generation)
    for purpose in ("export", "erase"):
        data = tokens.own_data_token("k", purpose, number, generation)
        assert tokens.read_own_data("k", purpose, data) == OwnData(number, generation)
        assert max(map(len, (confirm, leave, own, data))) <= 42
        assert not set(confirm + own + data) & set("/?#% +&=")


def test_a_link_of_before_there_were_generations_is_of_the_first() -> None:
    assert tokens.read_preferences("k", seal("k", "preferences", "7")) == OwnPage(7, 0)


MADE = {
    "confirm": tokens.confirm_token("k", 7),
    "unsubscribe": tokens.unsubscribe_token("k", 7),
    "preferences": tokens.preferences_token("k", 7, 1),
    "export": tokens.own_data_token("k", "export", 7, 1),
    "erase": tokens.own_data_token("k", "erase", 7, 1),
}
READERS = {
    "confirm": tokens.read_confirm,
    "unsubscribe": tokens.read_unsubscribe,
    "preferences": tokens.read_preferences,
    "export": lambda key, text: tokens.read_own_data(key, "export", text),
    "erase": lambda key, text: tokens.read_own_data(key, "erase", text),
}


@pytest.mark.parametrize("purpose", READERS)
@given(text=st.text(max_size=80))
def test_no_other_text_is_a_token(purpose: str, text: str) -> None:
    with pytest.raises(BadToken):
        READERS[purpose]("k", text)


@pytest.mark.parametrize("purpose", READERS)
def test_a_token_is_bound_to_its_purpose_its_key_and_its_every_letter(purpose: str) -> None:
    read, own = READERS[purpose], MADE[purpose]
    read("k", own)
    with pytest.raises(BadToken):
        read("other", own)
    others = [made for name, made in MADE.items() if name != purpose]
    for wrong in [*others, own[:-1], own.upper(), own + "A", "8" + own[1:]]:
        if wrong != own:
            with pytest.raises(BadToken):
                read("k", wrong)


@pytest.mark.parametrize("purpose", READERS)
@given(payload=st.text("0123456789abcdefghijklmnopqrstuvwxyz-", max_size=25))
def test_a_payload_of_another_shape_is_refused_even_if_it_was_signed(
    purpose: str, payload: str
) -> None:
    """Signed payloads of another shape are those of another version of ours."""
    try:
        READERS[purpose]("k", seal("k", purpose, payload))
    except BadToken:
        pass


def test_a_letter_counts_as_long_as_its_kind_lasts() -> None:
    sent = datetime(2026, 11, 1, tzinfo=UTC)
    week = sent + tokens.CONFIRM_LASTS
    assert tokens.stands(sent, tokens.CONFIRM_LASTS, week)
    assert not tokens.stands(sent, tokens.CONFIRM_LASTS, week + timedelta(seconds=1))
