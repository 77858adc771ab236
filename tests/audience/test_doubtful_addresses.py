"""Addresses that are sound and may not be what was meant: asked about, never silently changed."""

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core.asking import SHARED
from digest.audience.kinds import BadAddress
from digest.outbound.channels.email.addresses.address import email
from digest.outbound.channels.email.addresses.doubts import doubts


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ann@gmial.com", "gmail.com"),
        ("ann@gmai.com", "gmail.com"),
        ("ann@gmaill.com", "gmail.com"),
        ("ann@gmail.con", "gmail.com"),
        ("ann@gnail.com", "gmail.com"),
        ("ann@hotmial.com", "hotmail.com"),
        ("ann@example.con", "example.com"),
        ("ann@university.ogr", "university.org"),
        ("ann@outlok.com", "outlook.com"),
    ],
)
def test_a_slip_of_the_finger_is_asked_about(typed: str, meant: str) -> None:
    found = doubts(typed)
    assert found is not None and found.kind == "typo" and found.meant == f"ann@{meant}"


@pytest.mark.parametrize("domain", [*sorted(SHARED), "example.org", "straits.sg", "nate.co.kr"])
def test_domains_that_exist_are_not_asked_about(domain: str) -> None:
    assert doubts(f"ann@{domain}") is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [("info@example.org", "role"), ("noreply+x@example.org", "role"),
     ("ann@mailinator.com", "disposable"), ("ann.info@example.org", "")],
)  # fmt: skip
def test_addresses_of_offices_and_for_one_use_are_known(value: str, kind: str) -> None:
    found = doubts(value)
    assert (found.kind if found else "") == kind


@given(st.text(max_size=80), st.sampled_from(["example.org", "bücher.example", "gmail.com"]))
def test_whatever_we_take_email_validator_takes_in_the_same_spelling(
    local: str, domain: str
) -> None:
    try:
        ours = email(f"{local}@{domain}")
    except BadAddress:
        return
    theirs = email_validator.validate_email(ours, check_deliverability=False, test_environment=True)
    assert theirs.local_part == ours.rpartition("@")[0]
    assert theirs.ascii_domain == ours.rpartition("@")[2]


# No longer than the 64 octets that RFC 5321 leaves for it.
NAMES = r"[a-zà-öø-ÿ가-힣]{1,6}([._+-][a-zà-öø-ÿ가-힣0-9]{1,4}){0,2}"


@given(st.from_regex(NAMES, fullmatch=True))
def test_names_as_people_write_them_are_taken(local: str) -> None:
    value = f"{local}@example.org"
    try:
        email_validator.validate_email(value, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        return
    assert email(value)
