"""Web push's two signatures and one lock, against the RFCs' own vectors and a reader of our own."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.kinds import BadAddress
from digest.outbound.channels.jwt import packed
from digest.outbound.channels.webpush import vapid
from digest.outbound.channels.webpush.address import (
    BrowserKeys,
    endpoint,
    is_served_by,
    masked,
    unpacked,
)
from digest.outbound.channels.webpush.encryption import MOST_BYTES, MOST_PLAIN, encrypt
from tests.fakes.push_service import Browser

# RFC 8291, 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6T"
    "lzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4"
    "a-fN"
)


def test_the_vector_of_rfc_8291() -> None:
    key = ec.derive_private_key(int.from_bytes(unpacked(SENDER), "big"), ec.SECP256R1())
    browser = BrowserKeys.of({"p256dh": POINT, "auth": SECRET})
    assert packed(encrypt(PLAIN, browser, key=key, salt=unpacked(SALT))) == BODY


@given(st.binary(max_size=MOST_PLAIN))
def test_a_browser_reads_what_was_sealed_and_no_push_service_finds_it_large(plain: bytes) -> None:
    browser = Browser()
    body = encrypt(plain, BrowserKeys.of(browser.data("")))
    assert browser.read(body) == plain
    assert len(body) <= MOST_BYTES


def test_too_much_is_not_sealed_and_the_same_words_never_look_the_same() -> None:
    keys = BrowserKeys.of(Browser().data(""))
    with pytest.raises(ValueError, match="3993 bytes, not 3994"):
        encrypt(b"x" * (MOST_PLAIN + 1), keys)
    assert encrypt(PLAIN, keys) != encrypt(PLAIN, keys)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"p256dh": POINT, "auth": SECRET[:-3]},
        {"p256dh": POINT[:-4], "auth": SECRET},
        {"p256dh": packed(b"\4" + b"\1" * 64), "auth": SECRET},
        {"p256dh": 7, "auth": ["x"]},
        {"p256dh": "é" * 87, "auth": SECRET},
    ],
)
def test_keys_that_are_none_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(BadAddress):
        BrowserKeys.of(data)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "http://push.example/a",
        "ftp://push.example/a",
        "https://user@push.example/a",
        "https:///a",
        "https://push.example/a b",
        "https://push.example/é",
        "https://push.example/a\nHost: x",
        "https://push.example/#a",
        "https://[::1/a",
        "https://push.example:port/a",
        "https://push.example/" + "a" * 1000,
    ],
)
def test_what_no_push_service_hands_out_is_no_endpoint(value: str) -> None:
    with pytest.raises(BadAddress):
        endpoint(value)


def test_an_endpoint_lies_at_a_service_that_is_named() -> None:
    services = ["fcm.googleapis.com", ".push.apple.com"]
    assert is_served_by("https://fcm.googleapis.com/fcm/send/x", services)
    assert is_served_by("https://web.push.apple.com/x", services)
    assert not is_served_by("https://evilpush.apple.com.example/x", services)
    assert not is_served_by("https://push.apple.com.evil.example/x", services)
    assert not is_served_by("https://xfcm.googleapis.com/x", services)
    assert is_served_by("https://anything.example/x", ["*"])
    assert (
        masked(endpoint(" https://web.push.apple.com/secret ")) == "a browser (web.push.apple.com)"
    )


def claims_of(header: str) -> dict[str, object]:
    token = header.removeprefix("vapid t=").partition(",")[0]
    found: dict[str, object] = json.loads(unpacked(token.split(".")[1]))
    return found


def test_a_token_is_for_one_origin_and_is_used_for_hours() -> None:
    at = [1_000_000.0]
    signer = vapid.VapidKey(vapid.made(), clock=lambda: at[0])
    first = signer.authorization("https://a.example", "mailto:news@meridian.example")
    assert claims_of(first) == {
        "aud": "https://a.example",
        "exp": 1_000_000 + 12 * 3600,
        "sub": "mailto:news@meridian.example",
    }
    assert first.endswith(f", k={signer.public}")
    assert signer.authorization("https://b.example", "mailto:news@meridian.example") != first
    at[0] += 5 * 3600
    assert signer.authorization("https://a.example", "mailto:news@meridian.example") == first
    at[0] += 3600
    assert signer.authorization("https://a.example", "mailto:news@meridian.example") != first


def test_a_clock_that_jumps_back_leaves_no_token_from_the_future() -> None:
    at = [1_000_000.0]
    signer = vapid.VapidKey(vapid.made(), clock=lambda: at[0])
    first = signer.authorization("https://a.example", "mailto:a@b.example")
    at[0] -= 86_400
    assert claims_of(signer.authorization("https://a.example", "mailto:a@b.example"))["exp"] == (
        1_000_000 - 86_400 + 12 * 3600
    )
    assert first


def test_a_key_is_made_once_and_kept_and_given_ones_go_before(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (first,) = vapid.kept([], home)
    assert vapid.kept([], home) == (first,)
    assert (home / vapid.FILE).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in home.iterdir()] == [vapid.FILE]
    given = vapid.made()
    assert vapid.kept([given, first], home) == (given, first)


@pytest.mark.parametrize("key", ["x", "", packed(b"\0" * 32), packed(b"\xff" * 32), "é" * 43])
def test_a_key_that_is_none_is_refused_with_what_to_do(key: str) -> None:
    with pytest.raises(vapid.BadVapidKey, match="DIGEST_WEBPUSH_KEYS"):
        vapid.VapidKey(key)
