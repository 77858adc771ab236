"""Tokens open the one page they were made for, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core import tokens
from digest.audience.core.tokens import BadToken, ConfirmRound, Leaving

IDS = st.integers(0, 2**63 - 1)


@given(IDS, st.integers(0, 10_000))
def test_a_token_says_what_was_put_in(number: int, confirm_round: int) -> None:
    confirm = tokens.confirm_token("k", number, confirm_round)
    assert tokens.read_confirm("k", confirm) == ConfirmRound(number, confirm_round)
    leave = tokens.unsubscribe_token("k", number)
    assert tokens.read_unsubscribe("k", leave) == Leaving(subscription_id=number)
    leave = tokens.unsubscribe_token("k", schedule_id=number)
    assert tokens.read_unsubscribe("k", leave) == Leaving(schedule_id=number)
    assert tokens.read_preferences("k", tokens.preferences_token("k", number)) == number
    assert max(len(confirm), len(leave)) <= 40 and not set(confirm) & set("/?#% +&=")


READERS = [tokens.read_confirm, tokens.read_unsubscribe, tokens.read_preferences]


@pytest.mark.parametrize("read", READERS)
@given(text=st.text(max_size=80))
def test_no_other_text_is_a_token(read, text: str) -> None:
    with pytest.raises(BadToken):
        read("k", text)


@pytest.mark.parametrize("read", READERS)
def test_a_token_is_bound_to_its_purpose_its_key_and_its_every_letter(read) -> None:
    made = [
        tokens.confirm_token("k", 7, 1),
        tokens.unsubscribe_token("k", 7),
        tokens.preferences_token("k", 7),
    ]
    own = made.pop(READERS.index(read))
    read("k", own)
    with pytest.raises(BadToken):
        read("other", own)
    for wrong in [*made, own[:-1], own.upper(), own + "A", "8" + own[1:]]:
        if wrong != own:
            with pytest.raises(BadToken):
                read("k", wrong)


def test_a_confirmation_counts_for_seven_days_and_only_in_its_latest_round() -> None:
    asked = datetime(2026, 11, 1, tzinfo=UTC)
    week = asked + timedelta(days=7)
    assert tokens.confirm_stands(ConfirmRound(1, 3), 3, asked, week)
    assert not tokens.confirm_stands(ConfirmRound(1, 3), 3, asked, week + timedelta(seconds=1))
    assert not tokens.confirm_stands(ConfirmRound(1, 2), 3, asked, asked)
    assert not tokens.confirm_stands(ConfirmRound(1, 0), 0, None, asked)
