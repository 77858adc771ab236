"""WebSub's pure part: Link headers, signatures, leases, rest."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds.formats import hubs

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = "https://harbour.example/feed"


def found(link: str, **named: str) -> tuple[str, str] | None:
    hub = hubs.discover({"link": link} if link else {}, HERE, **named)
    return (hub.url, hub.topic) if hub else None


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        ('<https://hub.example/>; rel="hub"', ("https://hub.example/", HERE)),
        ('<https://hub.example/>; rel=hub, <https://h.example/rss>; rel=self',
         ("https://hub.example/", "https://h.example/rss")),
        ('</ping>; title="a, b; c"; REL="alternate hub"', ("https://harbour.example/ping", HERE)),
        ('<a>; rel="prev", <https://x.example>;rel="hub self"',
         ("https://x.example", "https://x.example")),
        ("<javascript:alert(1)>; rel=hub", None),
        ("<https://hub.example/>; rel=hubble", None),
        ("<https://hub.example/>", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_hub_is_found_in_link_headers(link: str, wanted: tuple[str, str] | None) -> None:
    assert found(link) == wanted


def test_headers_come_before_what_the_feed_names() -> None:
    named = {"hub_url": "https://old.example/", "self_url": "https://h.example/rss"}
    assert found("", **named) == ("https://old.example/", "https://h.example/rss")
    link = "<https://new.example/>; rel=hub"
    assert found(link, **named) == ("https://new.example/", "https://h.example/rss")
    assert found("", hub_url="ftp://old.example/") is None


@given(st.text(alphabet='<>;,="relhubs /:.x\\\n', max_size=300))
def test_no_link_header_breaks_anything(link: str) -> None:
    hubs.discover({"link": link}, HERE)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_every_method_of_the_recommendation_is_understood(method: str) -> None:
    right = hmac.new(b"s3cret", b"body", getattr(hashlib, method)).hexdigest()
    assert hubs.is_signed(b"body", f"{method}={right}", "s3cret")
    assert hubs.is_signed(b"body", f"{method.upper()}={right.upper()}", "s3cret")
    assert not hubs.is_signed(b"other", f"{method}={right}", "s3cret")
    assert not hubs.is_signed(b"body", f"{method}={right}", "other")


@pytest.mark.parametrize("header", ["", "sha256", "sha256=", "md5=0", "=", "sha1=é", "\ud800=x"])
def test_nonsense_is_no_signature(header: str) -> None:
    assert not hubs.is_signed(b"body", header, "s3cret")
    assert not hubs.is_signed(b"body", header, "")


def test_nothing_is_signed_without_a_secret() -> None:
    empty = hmac.new(b"", b"body", hashlib.sha256).hexdigest()
    assert not hubs.is_signed(b"body", f"sha256={empty}", "")


@pytest.mark.parametrize(
    ("said", "held"),
    [("60", timedelta(minutes=1)), ("0", timedelta(seconds=1)), ("", hubs.LEASE),
     ("-5", hubs.LEASE),
     ("9" * 12, timedelta(days=90)), ("9" * 40, hubs.LEASE), ("١٢", hubs.LEASE)],
)  # fmt: skip
def test_leases_are_bounded_whatever_hubs_say(said: str, held: timedelta) -> None:
    assert hubs.lease(said) == held
    assert NOW < hubs.renewal(NOW, held) < NOW + held


@given(st.integers(-7200, 90_000), st.integers(-7200, 90_000))
def test_a_fed_feed_rests_an_hour_but_not_beyond_its_lease(following: int, lease: int) -> None:
    usual, ends = NOW + timedelta(seconds=following), NOW + timedelta(seconds=lease)
    at = hubs.at_rest(usual, now=NOW, lease_until=ends)
    assert at >= usual
    assert at == usual or at <= min(ends, NOW + hubs.REST)
    assert hubs.at_rest(usual, now=NOW, lease_until=None) == usual
