"""A rendered message, and what makes one reader's copy of it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

# Where a reader's own link goes in the shared words; replaced by bytes at send time.
UNSUBSCRIBE = "https://reader.invalid/unsubscribe"
PREFERENCES = "https://reader.invalid/preferences"
CONFIRM = "https://reader.invalid/confirm"
OWN_DATA = "https://reader.invalid/data"
COUNTED = "https://reader.invalid/go"


@dataclass(frozen=True, slots=True)
class Words:
    """The immutable words of one message on one channel, shared by all its readers.

    ``fields`` are the channel's own, JSON-ready; those who know them live in its folder.
    """

    channel: str
    language: str
    template: str
    template_version: str
    fields: dict[str, Any] = field(default_factory=dict)
    variant: str = ""


@dataclass(frozen=True, slots=True)
class ReaderLinks:
    """The links that differ from reader to reader; empty where a message has none.

    ``leaving`` names what the unsubscribe link ends, for who leaves by mail; ``counted`` begins
    the links that are counted.
    """

    unsubscribe: str = ""
    preferences: str = ""
    confirm: str = ""
    own_data: str = ""
    leaving: str = ""
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one copy goes: the address and what the channel must know of it.

    ``data`` is what the channel stored beside the address, such as a browser's keys.
    """

    value: str
    window_open: bool = False
    data: Mapping[str, Any] | None = None


class Act(Enum):
    """What a channel is to do with a copy; only those that declare it get another than SEND."""

    SEND = "send"
    REPLACE = "replace"
    """Put it in the place of the message that the address got earlier."""
    WITHDRAW = "withdraw"
    """Take the earlier message away; the words say why, where the channel can show them."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One reader's copy: shared words, where to, their links, and the ledger's key.

    ``key`` is ``<send>-<address>``: Message-ID and VERP envelope are derived from it, so a repeat
    carries the same ones. ``message_id_suffix`` is random and follows the key in the Message-ID,
    so that it is nobody else's; a rehearsal's copy has none. ``act`` other than SEND concerns the
    message that the provider called ``earlier``. ``follows``: the sends, and their suffixes, whose
    messages to this address it corrects, the first of them first.
    """

    key: str
    words: Words
    to: Endpoint
    links: ReaderLinks
    message_id_suffix: str = ""
    act: Act = Act.SEND
    earlier: str = ""
    follows: tuple[tuple[int, str], ...] = ()


def content_hash(words: Words) -> str:
    """64 hex digits that change with anything a reader would see."""
    told = [words.channel, words.language, words.template, words.variant, words.fields]
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
