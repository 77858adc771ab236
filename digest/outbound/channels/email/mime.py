"""Mails as bytes: the shared part is built once, a reader's own pieces are spliced in.

Both parts are quoted-printable, always. It keeps every line under 76 characters and every byte
under 128, so no relay has a reason to encode anew what was signed (RFC 6376 section 5.3); and a
piece of it may be cut out and another put in, if a soft line break stands before and after it.
"""

import base64
import hashlib
import html
import re
import time
import unicodedata
from binascii import b2a_qp
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr

from digest.kit.errors import InvalidInput
from digest.outbound.channels.email.dkim import (
    Signer,
    canonical_body,
    canonical_headers,
    signed_names,
)
from digest.outbound.channels.email.verp import leaving_address
from digest.outbound.messages.links import web_link
from digest.outbound.messages.message import (
    CONFIRM,
    COUNTED,
    OWN_DATA,
    PREFERENCES,
    UNSUBSCRIBE,
    Copy,
    Words,
)

_PLACEHOLDER = re.compile(
    "(" + "|".join(map(re.escape, (UNSUBSCRIBE, PREFERENCES, CONFIRM, OWN_DATA, COUNTED))) + ")"
)
_SOFT_BREAK = b"=\r\n"
_LONGEST_LINE = 76  # RFC 2045 section 6.7, the soft break's mark included
# Everything that is not special in a path (RFC 5321 section 4.1.2), so no quoting is ever needed.
_ADDRESS = re.compile(
    r"[^\x00-\x20\x7f()<>@,;:\\\"\[\]]{1,64}@[^\W_](?:[\w-]*\w)?(?:\.[^\W_](?:[\w-]*\w)?)*"
)
_SUBJECT_LINE = 67  # with "Subject: " in front of it, 76 characters
# RFC 2369: where a list's past mails are, and what it is.
_LIST_LINKS = (("List-Archive", "archive_url"), ("List-Help", "help_url"))
_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")
# A link that is the same in quoted-printable, in HTML and in a header: all of ours, as a rule.
_SIMPLE_LINK = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.:-]*/[A-Za-z0-9._~/-]*")
_OWN_HEADERS = frozenset({"date", "to", "message-id"})
_OWN_LIST_HEADERS = _OWN_HEADERS | {"list-unsubscribe", "list-unsubscribe-post", "feedback-id"}


class Unfit(InvalidInput, ValueError):
    """A mail that must not go out to anybody; the text says what is wrong with it."""


class UnfitAddress(Unfit):
    """A copy whose address alone is the trouble."""


@dataclass(frozen=True, slots=True)
class MimeSender:
    """Who every mail is from. ``list_domain`` ends List-Id, Message-ID and bounce addresses;
    ``reply_to`` is where a reader's answer goes, the sender itself when empty. With
    ``leaving_secret`` readers may leave by mail too: somebody takes what comes back to us.
    """

    name: str
    email: str
    list_domain: str
    reply_to: str = ""
    leaving_secret: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a reader's own link goes: which placeholder stood there, and in which part."""

    placeholder: str
    in_html: bool


@dataclass(frozen=True, slots=True)
class MimeTemplate:
    """A mail without its reader: shared headers, and a body of bytes and gaps.

    For signatures also both in canonical form, the body's hash begun up to the first gap.
    """

    headers: bytes
    body: tuple[bytes, ...]
    gaps: tuple[Gap, ...]
    holes: tuple[tuple[int, int], ...]
    """Which piece of the body is which gap."""
    list_id: str
    feedback: str
    sender: MimeSender
    signed_headers: bytes
    signed_names: str
    signed_body: tuple[bytes, ...]
    signed_start: "hashlib._Hash" = field(compare=False)

    def copy(self, copy: Copy, date: str, signers: Sequence[Signer] = ()) -> bytes:
        """The whole mail for one reader, ``date`` in the form of RFC 5322.

        Raises :class:`UnfitAddress`, or :class:`Unfit` for a link that no reader could follow.
        """
        links = copy.links
        given = {
            UNSUBSCRIBE: links.unsubscribe,
            PREFERENCES: links.preferences,
            CONFIRM: links.confirm,
            OWN_DATA: links.own_data,
            COUNTED: links.counted,
        }
        filled = [_spliced(given[gap.placeholder], gap) for gap in self.gaps]
        own, signed_own = self._own_headers(copy, date)
        mail = b"".join((own, self.headers, *self._with(filled, self.body)))
        if not signers:
            return mail
        body = self.signed_start.copy()
        # The hash was begun with the first piece.
        body.update(b"".join(self._with(filled, self.signed_body)[1:]))
        body_hash = base64.b64encode(body.digest()).decode()
        headers, at = self.signed_headers + signed_own, int(time.time())
        signatures = [
            signer.header(self.signed_names, headers, body_hash, at) for signer in signers
        ]
        return b"".join((*signatures, mail))

    def _with(self, filled: list[bytes], body: tuple[bytes, ...]) -> list[bytes]:
        pieces = list(body)
        for piece, gap in self.holes:
            pieces[piece] = filled[gap]
        return pieces

    def _own_headers(self, copy: Copy, date: str) -> tuple[bytes, bytes]:
        """A reader's own headers, and the same in canonical form (RFC 6376, section 3.4.2).

        No value holds two spaces in a row or stands on two lines, so only the names differ; they
        come in the order of ``dkim.SIGNED``.
        """
        if not _KEY.fullmatch(copy.key):
            raise Unfit(f"{copy.key!r} is no key of a delivery.")
        to, key = checked_address(copy.to.value), copy.key
        domain = self.sender.list_domain
        suffix = copy.message_id_suffix
        name = f"<{key}.{suffix}@{domain}>" if suffix else f"<{key}@{domain}>"
        lines = f"Date: {date}\r\nTo: {to}\r\nMessage-ID: {name}\r\n"
        signed = f"date:{date}\r\nto:{to}\r\nmessage-id:{name}\r\n"
        lines += _thread(copy, key, domain)
        if self.list_id:
            ways = f"<{_checked_link(copy.links.unsubscribe, UNSUBSCRIBE)}>"
            if self.sender.leaving_secret and copy.links.leaving:
                secret = self.sender.leaving_secret
                place = leaving_address(copy.links.leaving, domain, secret)
                ways += f", <mailto:{place}?subject=unsubscribe>"
            feedback = f"{key.partition('-')[0]}:{self.feedback}"
            # On one line whatever its length: some relays break a folded one.
            lines += (
                f"List-Unsubscribe: {ways}\r\n"
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
                f"Feedback-ID: {feedback}\r\n"
            )
            signed += (
                f"list-unsubscribe:{ways}\r\n"
                "list-unsubscribe-post:List-Unsubscribe=One-Click\r\n"
                f"feedback-id:{feedback}\r\n"
            )
        return lines.encode(), signed.encode()


def template(words: Words, sender: MimeSender) -> MimeTemplate:
    """The shared part of a mail. Words without a list id are service mail: no list headers.

    Raises :class:`Unfit` when a header would not stay on its line.
    """
    fields = words.fields
    list_id = str(fields.get("list_id", ""))
    try:
        headers = _shared_headers(words, sender, list_id)
    except ValueError as error:
        raise Unfit(f"The mail's headers are not fit to send: {error}") from error
    boundary = hashlib.sha256((fields["text"] + fields["html"]).encode()).hexdigest()[:24]
    # "=_" cannot occur in quoted-printable text.
    boundary = f"=_{boundary}"
    parts: list[bytes | Gap] = []
    for kind, text in (("plain", fields["text"]), ("html", fields["html"])):
        parts.append(
            f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
        )
        parts += _encoded(text, in_html=kind == "html")
        parts.append(b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    headers += f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode()
    site = re.sub(r"[^a-z0-9]", "", sender.list_domain.lower())[:15] or "digest"
    stream = list_id.partition(".")[0]
    body = _joined(parts)
    gaps = tuple(dict.fromkeys(piece for piece in body if isinstance(piece, Gap)))
    holes = tuple((at, gaps.index(piece)) for at, piece in enumerate(body) if piece in gaps)
    shared = tuple(piece if isinstance(piece, bytes) else b"" for piece in body)
    signed_headers, present = canonical_headers(headers)
    signed_body = tuple(canonical_body(piece) for piece in shared)
    return MimeTemplate(
        headers=headers + b"\r\n",
        body=shared,
        gaps=gaps,
        holes=holes,
        list_id=list_id,
        feedback=f"{stream}:{words.template}:{site}",
        sender=sender,
        signed_headers=signed_headers,
        signed_names=signed_names(present | (_OWN_LIST_HEADERS if list_id else _OWN_HEADERS)),
        signed_body=signed_body,
        signed_start=hashlib.sha256(signed_body[0]),
    )


def _thread(copy: Copy, key: str, domain: str) -> str:
    """What ties a correction to what it corrects (RFC 5322, 3.6.4); not signed, for it may lack."""
    address = key.partition("-")[2]
    earlier = [
        f"<{send}-{address}.{suffix}@{domain}>"
        for send, suffix in copy.follows
        if _KEY.fullmatch(f"{send}-{address}") and _KEY.fullmatch(suffix)
    ]
    if not earlier:
        return ""
    return f"In-Reply-To: {earlier[-1]}\r\nReferences: {' '.join(earlier)}\r\n"


def _joined(parts: Sequence[bytes | Gap]) -> tuple[bytes | Gap, ...]:
    """``parts`` with neighbouring bytes made one."""
    joined: list[bytes | Gap] = []
    for part in parts:
        if joined and isinstance(part, bytes) and isinstance(joined[-1], bytes):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def checked_address(value: str) -> str:
    """``value`` if it is an address that can stand in a header and an SMTP command as it is."""
    if len(value) > 254 or not _ADDRESS.fullmatch(value):
        raise UnfitAddress("The address is not one that a mail can be sent to.")
    return value


def _shared_headers(words: Words, sender: MimeSender, list_id: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    # A newsletter may have a name and an address for answers of its own; the sender's address, for
    # which SPF and DKIM speak, is the installation's.
    name = words.fields.get("sender_name") or sender.name
    own = words.fields.get("reply_to", "")
    answers = (own if own.isascii() else "") or sender.reply_to or sender.email
    message["From"] = formataddr((name, sender.email))
    message["Reply-To"] = formataddr((name, answers))
    if list_id:
        message["List-Id"] = formataddr((words.fields.get("list_name", ""), list_id))
        if not words.fields.get("list_name"):
            message.replace_header("List-Id", f"<{list_id}>")
        for name, given in _LIST_LINKS:
            link = web_link(words.fields.get(given, ""))
            if link and link.isascii():
                message[name] = f"<{link}>"
        message["Precedence"] = "bulk"
    # Tells vacation responders to keep still (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = words.language
    message["MIME-Version"] = "1.0"
    return _subject(words.fields["subject"]) + message.as_bytes().removesuffix(b"\r\n")


def _subject(text: str) -> bytes:
    """The Subject line. The policy's own folding may leave its first line empty, which some
    servers take for the end of the headers (RFC 5322, section 4.2, makes it obsolete)."""
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in text):
        raise ValueError("a subject holds a line break or a control character")
    if not (text.isascii() and len(text) <= _SUBJECT_LINE and "=?" not in text):
        text = Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")
    return f"Subject: {text}\r\n".encode("ascii")


def _encoded(text: str, *, in_html: bool) -> list[bytes | Gap]:
    """``text`` in quoted-printable, a gap where a placeholder stood."""
    pieces: list[bytes | Gap] = []
    for piece in _PLACEHOLDER.split(text):
        if _PLACEHOLDER.fullmatch(piece):
            pieces.append(Gap(piece, in_html))
        elif piece:
            pieces.append(_quoted(piece))
    return pieces


def _quoted(text: str) -> bytes:
    """``text`` in quoted-printable, its last line short enough for a soft break to follow."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    lines = b2a_qp(plain, istext=True).split(b"\n")
    return b"\r\n".join(_short(_dotless(line)) for line in lines)


def _dotless(line: bytes) -> bytes:
    """``line`` with a dot at its start encoded: SMTP then has none to stuff."""
    return b"=2E" + line[1:] if line.startswith(b".") else line


def _short(line: bytes) -> bytes:
    """``line`` broken in two when it leaves no room for a soft break, as b2a_qp's may."""
    if len(line) < _LONGEST_LINE:
        return line
    middle = _LONGEST_LINE // 2
    while b"=" in line[middle - 2 : middle]:  # not inside an escape of three characters
        middle -= 1
    return line[:middle] + _SOFT_BREAK + _dotless(line[middle:])


def _spliced(url: str, gap: Gap) -> bytes:
    if len(url) < _LONGEST_LINE and _SIMPLE_LINK.fullmatch(url):
        return _SOFT_BREAK + url.encode() + _SOFT_BREAK
    escape: Callable[[str], str] = html.escape if gap.in_html else str
    quoted = _quoted(escape(_checked_link(url, gap.placeholder)))
    return _SOFT_BREAK + quoted + _SOFT_BREAK


def _checked_link(url: str, placeholder: str) -> str:
    if len(url) < _LONGEST_LINE and _SIMPLE_LINK.fullmatch(url):
        return url
    checked = web_link(url)
    if not checked or not checked.isascii() or len(checked) > 900:
        name = placeholder.rpartition("/")[2]
        raise Unfit(f"The copy has no usable {name} link; check DIGEST_BASE_URL.")
    return checked
