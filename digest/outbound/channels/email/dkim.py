"""DKIM signatures (RFC 6376), relaxed/relaxed, by RSA and, beside it, by Ed25519 (RFC 8463).

Every header that a reader's program acts on is signed once more than it occurs, so that nobody can
add a second one on the way ("oversigning", section 8.15).
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from digest.kit.errors import SetupError

# In this order they are hashed; a mail that lacks one signs its absence.
SIGNED = (
    "from", "subject", "reply-to", "list-id", "list-archive", "list-help",
    "mime-version", "content-type", "content-language", "auto-submitted",
    "precedence", "date", "to", "message-id", "list-unsubscribe",
    "list-unsubscribe-post", "feedback-id",
)  # fmt: skip
_NEVER_TWICE = (
    "from", "to", "cc", "subject", "date", "reply-to", "message-id", "mime-version",
    "content-type", "content-transfer-encoding", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_SMALLEST_RSA = 1024  # RFC 8301; receivers ignore smaller keys
_SPACE = re.compile(rb"[ \t]+")
_LATE_SPACE = re.compile(rb"[ \t]+(?=\r\n)")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_LINE = 74


class BadKey(SetupError, ValueError):
    """A DKIM setting that cannot sign; the text says which and what it should hold."""


@dataclass(frozen=True, slots=True)
class Signer:
    """One key at work. ``algorithm`` is ``rsa-sha256`` or ``ed25519-sha256``."""

    algorithm: str
    domain: str
    selector: str
    sign: Callable[[bytes], bytes]
    public: str
    """The ``p=`` of the DNS record that receivers look the key up in."""

    def header(self, names: str, headers: bytes, body_hash: str, at: int) -> bytes:
        """The DKIM-Signature line, CRLF at its end.

        ``headers`` are those signed, in canonical form and in the order of ``names``, the list
        for ``h=``; ``at`` is the present second.
        """
        start, unfolded = _start(self.algorithm, self.domain, self.selector, names, at)
        said = f"{unfolded} bh={body_hash}; b=".encode()
        signature = base64.b64encode(self.sign(headers + said)).decode()
        lines = [signature[first : first + _LINE] for first in range(0, len(signature), _LINE)]
        folded = "\r\n ".join(lines)
        return f"{start}\r\n bh={body_hash};\r\n b={folded}\r\n".encode()


@lru_cache(maxsize=64)
def _start(algorithm: str, domain: str, selector: str, names: str, at: int) -> tuple[str, str]:
    """A DKIM-Signature up to the body's hash, and the same in canonical form: one a second."""
    value = (
        f"v=1; a={algorithm}; c=relaxed/relaxed; d={domain};\r\n s={selector}; t={at}; h={names};"
    )
    return f"DKIM-Signature: {value}", "dkim-signature:" + value.replace("\r\n", "")


def signed_names(present: frozenset[str]) -> str:
    """The value of ``h=`` for a mail that has the headers ``present``, folded.

    Each of :data:`SIGNED` that is there, then once more what must not be added.
    """
    names = [name for name in SIGNED if name in present] + list(_NEVER_TWICE)
    lines, line = [], ""
    for name in names:
        if len(line) + len(name) > _LINE:
            lines.append(line)
            line = ""
        line += f"{name}:"
    return "\r\n ".join([*lines, line.rstrip(":")])


class DkimSettings(Protocol):
    """What signing reads from the installation's settings; keys in PEM form, empty for none."""

    DIGEST_FROM_EMAIL: str
    DIGEST_DKIM_DOMAIN: str
    DIGEST_DKIM_SELECTOR: str
    DIGEST_DKIM_KEY: str
    DIGEST_DKIM_SECOND_SELECTOR: str
    DIGEST_DKIM_SECOND_KEY: str


def signers(settings: DkimSettings) -> tuple[Signer, ...]:
    """The signers that the settings describe. Raises :class:`BadKey`."""
    return signers_of(
        settings.DIGEST_DKIM_DOMAIN or settings.DIGEST_FROM_EMAIL.rpartition("@")[2],
        rsa=(settings.DIGEST_DKIM_SELECTOR, settings.DIGEST_DKIM_KEY),
        ed25519=(settings.DIGEST_DKIM_SECOND_SELECTOR, settings.DIGEST_DKIM_SECOND_KEY),
    )


def signers_of(
    domain: str, *, rsa: tuple[str, str], ed25519: tuple[str, str] = ("", "")
) -> tuple[Signer, ...]:
    """Signers of two kinds: selector and PEM of each key; no PEM, no signer.

    Raises :class:`BadKey`.
    """
    made = []
    for setting, (selector, pem), kind in (
        ("DIGEST_DKIM_KEY", rsa, RSAPrivateKey),
        ("DIGEST_DKIM_SECOND_KEY", ed25519, Ed25519PrivateKey),
    ):
        if not pem.strip():
            continue
        if not (_NAME.fullmatch(domain.lower()) and _NAME.fullmatch(selector.lower())):
            raise BadKey(
                f"DIGEST_DKIM_DOMAIN {domain!r} and the selector {selector!r} must be names as in"
                " DNS, such as news.example and digest."
            )
        key = _load(setting, pem)
        if not isinstance(key, kind):
            raise BadKey(f"{setting} holds a key of another kind than its name says.")
        made.append(_signer(key, domain.lower(), selector.lower(), setting))
    return tuple(made)


def _signer(
    key: RSAPrivateKey | Ed25519PrivateKey, domain: str, selector: str, setting: str
) -> Signer:
    if isinstance(key, RSAPrivateKey):
        if key.key_size < _SMALLEST_RSA:
            raise BadKey(f"{setting} has {key.key_size} bits; make one of 2048.")
        padding, algorithm = PKCS1v15(), hashes.SHA256()
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        sign = partial(_sign_rsa, key, padding, algorithm)
        return Signer("rsa-sha256", domain, selector, sign, base64.b64encode(public).decode())
    public = key.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    published = base64.b64encode(public).decode()
    return Signer("ed25519-sha256", domain, selector, partial(_sign_ed25519, key), published)


def _sign_rsa(
    key: RSAPrivateKey, padding: PKCS1v15, algorithm: hashes.SHA256, data: bytes
) -> bytes:
    return key.sign(data, padding, algorithm)


def _sign_ed25519(key: Ed25519PrivateKey, data: bytes) -> bytes:
    # RFC 8463, section 3: PureEdDSA over the SHA-256 of what RSA would sign.
    return key.sign(sha256(data).digest())


def _load(setting: str, pem: str) -> object:
    # In an environment file line breaks are often written as backslash and n.
    text = pem.strip().replace("\\n", "\n") + "\n"
    try:
        return serialization.load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(
            f"{setting} must hold a private key in PEM form, without a password:"
            f" `openssl genrsa 2048` writes one. {error}"
        ) from error


def canonical_body(piece: bytes) -> bytes:
    """A piece of a body in relaxed form (RFC 6376, section 3.4.4), empty last lines aside.

    A piece may end anywhere but inside a run of spaces.
    """
    return _SPACE.sub(b" ", _LATE_SPACE.sub(b"", piece))


def canonical_headers(block: bytes, order: Sequence[str] = SIGNED) -> tuple[bytes, frozenset[str]]:
    """The headers of ``block`` (lines with CRLF, folded ones too) in relaxed form, in ``order``;
    and the names of all that stand in it, in lower case.
    """
    found: dict[str, bytes] = {}
    for line in _FOLD.sub(b"", block).split(b"\r\n"):
        if not line:
            continue
        name, _, value = line.partition(b":")
        low = name.strip().lower()
        found[low.decode("ascii")] = low + b":" + _SPACE.sub(b" ", value).strip() + b"\r\n"
    return b"".join(found[name] for name in order if name in found), frozenset(found)
