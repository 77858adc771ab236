"""Signatures that dkimpy, another implementation, finds good; and what is refused instead."""

import base64
import random
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from digest.outbound.channels.email.dkim import BadKey, Signer, signers_of
from digest.outbound.channels.email.mime import MimeSender, Unfit, template
from digest.outbound.messages.message import PREFERENCES, UNSUBSCRIBE, ReaderLinks, Words
from tests.outbound.samples import LINKS, copy_of

SENDER = MimeSender("The Meridian – Nachrichten", "news@meridian.example", "meridian.example")
DATE = "Mon, 23 Nov 2026 08:00:00 +0000"
MAILS = 1000


class VerifyKey:
    """PyNaCl's, by cryptography: dkimpy checks Ed25519 by PyNaCl alone, which needs a build."""

    def __init__(self, key: bytes, encoder: object) -> None:
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

    def verify(self, message: bytes, signature: bytes) -> bytes:
        self._key.verify(signature, message)
        return message


@pytest.fixture(autouse=True)
def nacl(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=VerifyKey),
        encoding=SimpleNamespace(Base64Encoder=None),
        exceptions=SimpleNamespace(BadSignatureError=InvalidSignature),
    )
    monkeypatch.setattr(dkim, "nacl", stand_in, raising=False)


_PIECES = (
    "Harbour", "Žižkov", "新闻", "🚢🌊", "ÿ", "=3D", "=", ".", "..", ".\n.", "\n", "\n\n\n", "\t",
    "  ", "   two  spaces  ", " \n", "\t\n", "From here", "\nFrom there", "-- ", "--", "x" * 998,
    "é" * 400, "https://a.example/" + "p" * 200, UNSUBSCRIBE, PREFERENCES, "&amp;", "<b>", "\u2028",
    "\r\n", "\r", "\r\n.\r\n", "\r\nBcc: everybody@example.org\r\n\r\n", "=_", "--=_boundary--",
)  # fmt: skip


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@cache
def keys() -> tuple[str, str]:
    return pem(rsa.generate_private_key(65537, 2048)), pem(ed25519.Ed25519PrivateKey.generate())


@cache
def both() -> tuple[Signer, ...]:
    first, second = keys()
    return signers_of("meridian.example", rsa=("digest", first), ed25519=("second", second))


def dns(name: bytes, timeout: int = 5) -> bytes:
    """What the domain publishes."""
    place = name.decode().rstrip(".")
    for signer in both():
        if place == f"{signer.selector}._domainkey.meridian.example":
            kind = signer.algorithm.partition("-")[0]
            return f"v=DKIM1; k={kind}; p={signer.public}".encode()
    return b""


def good(mail: bytes) -> list[bool]:
    """What dkimpy thinks of each signature."""
    checker = dkim.DKIM(mail)
    count = mail.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    return [_verified(checker, number) for number in range(count)]


def _verified(checker: dkim.DKIM, number: int) -> bool:
    try:
        return bool(checker.verify(idx=number, dnsfunc=dns))
    except dkim.ValidationError:
        return False


def words(text: str, html: str, subject: str = "Top reads", **fields: str) -> Words:
    given = {"subject": subject, "text": text, "html": html, "list_id": "top.meridian.example"}
    return Words("email", "en", "newsletter", "1", given | {"list_name": "Top reads"} | fields)


def signed(
    given: Words,
    key: str = "7-11",
    signers: tuple[Signer, ...] | None = None,
    sender: MimeSender = SENDER,
    links: ReaderLinks = LINKS,
) -> bytes:
    copy = copy_of(key, f"reader{key}@example.org", words=given, links=links)
    return template(given, sender).copy(copy, DATE, both() if signers is None else signers)


def random_text(chance: random.Random) -> str:
    if chance.random() < 0.1:
        return ""
    return "".join(chance.choices(_PIECES, k=chance.randint(1, 40)))


def random_subject(chance: random.Random) -> str:
    letters = 'aé新🚢= .?_:"<>()\u00a0'
    return "".join(chance.choices(letters, k=chance.randint(0, 120)))


@pytest.mark.slow
def test_signatures_of_a_thousand_random_mails_are_good() -> None:
    chance = random.Random(20261123)
    for number in range(MAILS):
        list_id = "" if number % 7 == 0 else "top.meridian.example"
        given = words(
            random_text(chance), random_text(chance), random_subject(chance), list_id=list_id
        )
        mail = signed(given, key=f"{number}-{chance.randint(1, 10**12)}")
        assert good(mail) == [True, True], mail


def test_a_signature_covers_what_readers_act_on_and_nothing_can_be_added() -> None:
    mail = signed(words("Hello\n", "<p>Hello</p>\n"))
    assert good(mail) == [True, True]
    for name in (
        b"From: evil@example.org", b"Subject: x", b"To: x@example.org", b"Reply-To: x@example.org",
        b"List-Unsubscribe: <https://evil.example/>", b"Content-Type: text/html",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"Date: today", b"Cc: x@example.org",
    ):  # fmt: skip
        assert good(name + b"\r\n" + mail) == [False, False], name
    for before, after in (
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"reader7-11@", b"reader7-12@"),
        (b"Hello", b"Hullo"),
        (b"Top reads", b"Top readz"),
    ):
        assert before in mail
        assert good(mail.replace(before, after, 1)) == [False, False], before


def test_a_relay_may_fold_and_respace_what_was_signed() -> None:
    mail = signed(words("Hello  there\n", "<p>Hello</p>\n"))
    refolded = mail.replace(b"\r\nSubject: Top reads", b"\r\nsubject:  Top\r\n  reads ")
    assert refolded != mail
    assert good(refolded.rstrip(b"\r\n") + b"\r\n\r\n\r\n") == [True, True]


def test_only_the_keys_that_are_set_sign() -> None:
    first, second = keys()
    assert signers_of("meridian.example", rsa=("digest", "")) == ()
    (only,) = signers_of("meridian.example", rsa=("", ""), ed25519=("second", second))
    assert only.algorithm == "ed25519-sha256"
    in_one_line = first.replace("\n", "\\n")
    assert signers_of("meridian.example", rsa=("digest", in_one_line))[0].public == both()[0].public
    assert b"DKIM-Signature" not in signed(words("a", "b"), signers=())


@pytest.mark.parametrize(
    ("domain", "selector"),
    [
        ("", "digest"),
        ("meridian.example", ""),
        ("a.example; i=@b", "digest"),
        ("a.b", "x\r\nTo: y"),
    ],
)
def test_names_that_would_change_the_header_are_refused(domain: str, selector: str) -> None:
    with pytest.raises(BadKey, match="names as in DNS"):
        signers_of(domain, rsa=(selector, keys()[0]))


def test_a_key_of_the_wrong_kind_or_size_is_refused_with_a_remedy() -> None:
    first, second = keys()
    with pytest.raises(BadKey, match="openssl"):
        signers_of("meridian.example", rsa=("digest", "no key"))
    with pytest.raises(BadKey, match="another kind"):
        signers_of("meridian.example", rsa=("digest", second))
    with pytest.raises(BadKey, match="another kind"):
        signers_of("meridian.example", rsa=("", ""), ed25519=("digest", first))


_BREAKS = ("\r\nBcc: x@example.org", "\nBcc: x@example.org", "\rBcc: x", "\r\n\r\nbody")


@pytest.mark.parametrize("broken", _BREAKS)
@pytest.mark.parametrize("field", ["subject", "list_id", "list_name"])
def test_words_that_would_begin_a_header_of_their_own_are_refused(field: str, broken: str) -> None:
    with pytest.raises(Unfit):
        template(words("a", "b", **{field: "Top reads" + broken}), SENDER)


@pytest.mark.parametrize("broken", _BREAKS)
@pytest.mark.parametrize("part", ["key", "address", "unsubscribe", "sender"])
def test_a_copy_that_would_begin_a_header_of_its_own_is_refused(part: str, broken: str) -> None:
    given = words("a", "b")
    copy = copy_of("7-11", "a@example.org", words=given)
    if part == "key":
        copy = replace(copy, key="7-11" + broken)
    elif part == "address":
        copy = replace(copy, to=replace(copy.to, value="a@example.org" + broken))
    elif part == "unsubscribe":
        links = replace(copy.links, unsubscribe="https://a.example/x" + broken)
        copy = replace(copy, links=links)
    sender = replace(SENDER, name="Meridian" + broken) if part == "sender" else SENDER
    with pytest.raises(Unfit):
        template(given, sender).copy(copy, DATE, both())


def test_no_line_of_a_mail_begins_with_a_dot() -> None:
    chance = random.Random(7)
    for _ in range(200):
        mail = signed(words(random_text(chance), random_text(chance)), signers=())
        assert b"\n." not in mail
        assert mail.endswith(b"\r\n")
        assert max(map(len, mail.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


def test_both_ways_to_leave_are_signed() -> None:
    both_ways = replace(LINKS, leaving="s1a")
    mail = signed(
        words("a", "<p>a</p>"), sender=replace(SENDER, leaving_secret="secret"), links=both_ways
    )
    assert b", <mailto:" in mail
    assert good(mail) == [True, True]
