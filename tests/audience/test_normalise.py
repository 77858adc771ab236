"""One spelling per address."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core import signatures
from digest.audience.kinds import BadAddress, masked, normalised
from digest.outbound.channels.email.addresses.address import email
from digest.outbound.channels.email.mime import checked_address
from digest.outbound.channels.whatsapp.address import phone
from tests.audience.conftest import KINDS


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        (" Ann.Lee@Example.ORG ", "ann.lee@example.org"),
        ("a+news@example.org", "a+news@example.org"),
        ("kim@bücher.example", "kim@xn--bcher-kva.example"),
        ("서하린@example.kr", "서하린@example.kr"),
        ("Renée@example.fr", "renée@example.fr"),
        ("rene\u0301e@example.fr", "renée@example.fr"),
        ("நிலா@example.org", "நிலா@example.org"),
        ("ａｎｎ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ann@example.org"),
        ("서하린＠example.kr", "서하린@example.kr"),
        ("ann@example。org", "ann@example.org"),
        ("jörg.müller+digest@example.org", "jörg.müller+digest@example.org"),
    ],
)
def test_an_email_address_has_one_spelling(given_: str, stored: str) -> None:
    assert email(given_) == stored == email(stored)


@pytest.mark.parametrize(
    "wrong",
    ["", "ann", "ann@", "@example.org", "ann@localhost", "a b@example.org", "a@b@c.org",
     "a@example..org", "a@-example.org", "ann@1.2.3.4", "a@faß.example",
     "a\u200bb@example.org", "\u0301a@example.org", "a，b@example.org",
     "\u202eann@example.org", "é" * 33 + "@example.org",
     "a@example.org\nBcc: b@example.org", "<a@example.org>", "x" * 65 + "@example.org"],
)  # fmt: skip
def test_what_is_no_email_address_is_refused_with_a_remedy(wrong: str) -> None:
    with pytest.raises(BadAddress, match=r"\w"):
        email(wrong)


@given(st.text(max_size=300))
def test_any_text_is_an_address_of_one_safe_line_or_refused(text: str) -> None:
    try:
        address = email(text)
    except BadAddress:
        return
    assert address.isprintable() and " " not in address and email(address) == address
    assert len(address.encode()) <= 254 and address.rpartition("@")[2].isascii()
    assert checked_address(address) == address


def test_a_phone_number_is_stored_as_e164() -> None:
    assert phone("+65 9123 4567") == phone("0065-91234567") == "+6591234567"
    assert phone("٠٠٦٥ ٩١٢٣ ٤٥٦٧") == phone("＋６５ ９１２３ ４５６７") == "+6591234567"
    for wrong in ("91234567", "+651", "", "+999 12345", "call me"):
        with pytest.raises(BadAddress):
            phone(wrong)


def test_an_unknown_channel_is_refused() -> None:
    with pytest.raises(BadAddress, match=r"use .*email or"):
        normalised(KINDS, "fax", "1")


def test_a_masked_address_hides_its_name() -> None:
    assert masked("ann.lee@example.org") == "a…@example.org"
    assert masked("+6591234567") == "+65…67"


def test_readers_of_the_same_topics_in_the_same_language_share_a_signature() -> None:
    wish = signatures.DigestWish((1, 3), "en", ("en", "fr"), newsletters=(5, 7))
    base = signatures.base_of(wish)
    same = replace(wish, topics=(3, 1, 3), newsletters=(7, 5))
    assert signatures.base_of(same) == base
    for other in (
        replace(wish, topics=(13,)),
        replace(wish, locale="fr"),
        replace(wish, languages=("fr", "en")),
        replace(wish, newsletters=(57,)),
        replace(wish, alerts=True),
        replace(wish, muted=(1,)),
    ):
        assert signatures.base_of(other) != base


def test_who_wished_the_same_all_along_shares_and_who_changed_stands_apart_for_a_month() -> None:
    base = "b" * 64
    assert signatures.earlier_than(base, {base, ""}) == ()
    assert signatures.earlier_than(base, {"c", base, "a"}) == ("a", "c")
    assert signatures.signature_key(base, ("a",)) != signatures.signature_key(base)


def test_a_personal_digest_is_named_by_its_topics() -> None:
    assert signatures.title_of([]) == "Your topics"
    assert signatures.title_of(["Korea"]) == "Korea"
    assert signatures.title_of(["Korea", "Trade"]) == "Korea and Trade"
    assert signatures.title_of(["Korea", "Trade", "Climate"]) == "Korea and 2 more"
