"""The words of a bounce for people, and what they say of the conversation (pure)."""

import codecs
import html
import re
from collections.abc import Iterable
from email.message import Message

from digest.outbound.channels.email.reports.classify import SmtpStage

_LONGEST = 20_000
_TAGS = re.compile(
    r"<(?:script|style)\b.{0,20000}?</(?:script|style)>|<[a-z!/][^<>]{0,2000}>", re.I | re.S
)
_BREAKS = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d)\b[^<>]{0,500}>", re.I)
# From here on it is the copy that came back, whose words say nothing about why.
_COPY = re.compile(
    r"^[^\n]{0,60}?(?:original message (?:follows|header|below)|(?:below|this) is (?:a )?copy of|"
    r"(?:unsent|returned|original) message\b[^\n]{0,30}[-=_]{3}|message (?:text|header)s? follows|"
    r"(?:your|original|returned) (?:mail|message)[^\n]{0,40}(?:follows|attached)\b[^\n]{0,20}"
    r"[:=-]|message header section|copy of (?:the|your) (?:original )?message)|"
    r"^(?:Received|Return-Path|DKIM-Signature|Message-ID): ?\S",
    re.IGNORECASE | re.MULTILINE,
)
# Postfix, Exim, Courier and Sendmail, Oracle's Messaging Server: it answered the content. Sendmail
# pipelines: where it goes on with "need RCPT", the answer was the recipient's after all.
_CONTENT = re.compile(
    r"in reply to (?:end of )?DATA|after (?:pipelined )?(?:sending )?(?:end of data|DATA\b)|"
    r"for (?:TEXT|DATA) command|smtp transmission failure has occurred|"
    r">>> (?:DATA|\.)\s{0,5}\n\s{0,20}<<< 5(?!03)\d\d"
    r"(?!.{0,600}(?:503|no valid recipient|need rcpt))",
    re.IGNORECASE | re.DOTALL,
)
_RECIPIENT = re.compile(
    r"(?:in reply to|for) RCPT TO|after (?:pipelined )?(?:sending )?RCPT TO|"
    r">>> RCPT TO:[^\n]{0,400}\n\s{0,20}<<< 5",
    re.IGNORECASE,
)
# OpenSMTPD's bounce.c: one sentence for failures, others for delays.
_FOR_GOOD = re.compile(
    r"please DO NOT REPLY to this e-?mail\.\s{1,20}An error has occurred while attempting to "
    r"deliver",
)


def own_words(message: Message) -> str:
    """The text for people, without that of the copy that came back along; one line after another.

    A part in HTML is read where there is no plain one.
    """
    plain = "\n".join(_texts(message, "text/plain"))
    whole = plain if plain.strip() else "\n".join(_texts(message, "text/html"))
    whole = whole.replace("\r\n", "\n")[:_LONGEST]
    cut = _COPY.search(whole)
    return whole[: cut.start()] if cut and cut.start() > 0 else whole


def stage(said: str) -> SmtpStage:
    """What the refusal answered, where the text names the command."""
    if _CONTENT.search(said[:5_000]):
        # The host had taken the recipient before.
        return SmtpStage.CONTENT
    return SmtpStage.RECIPIENT if _RECIPIENT.search(said[:5_000]) else SmtpStage.UNTOLD


def says_it_is_for_good(said: str) -> bool:
    """Whether a host that names no code calls the failure final, in a form known as its own."""
    return bool(_FOR_GOOD.search(said[:5_000]))


def without_greeting(said: str) -> str:
    """One line of it, bounded, for those who look for words."""
    return " ".join(said[:4_000].split())


def _texts(message: Message, kind: str) -> Iterable[str]:
    found = message.get_content_type()
    if found == kind:
        payload = message.get_payload(decode=True)
        if isinstance(payload, bytes):
            words = _decoded(payload[:_LONGEST], str(message.get_content_charset() or ""))
            yield _without_tags(words) if kind == "text/html" else words
    elif found.startswith("multipart/"):
        parts = message.get_payload()
        if isinstance(parts, str) and kind == "text/plain":
            # Its boundary was lost on the way.
            yield parts[:_LONGEST]
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, Message):
                yield from _texts(part, kind)


def _decoded(payload: bytes, charset: str) -> str:
    """By the charset that was named, where Python has it and it is one of text."""
    try:
        if charset and codecs.lookup(charset)._is_text_encoding:
            return payload.decode(charset, "replace")
    except (LookupError, ValueError):
        pass
    return payload.decode("utf-8", "replace")


def _without_tags(words: str) -> str:
    return html.unescape(_TAGS.sub(" ", _BREAKS.sub("\n", words)))
