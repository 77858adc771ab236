"""What WhatsApp's errors say of a reader, in its answer or in a status, as a report (pure)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from digest.outbound.channels.hook import HookTools, own_word
from digest.outbound.channels.report import Kind, Report, items, mapping, text
from digest.outbound.channels.whatsapp.errors import (
    ABOUT_THE_PICTURE,
    OPTED_OUT,
    UNREACHED,
    stops_the_channel,
)
from digest.outbound.channels.whatsapp.templates import HALT

OWN_WORD = "whatsapp_own"
# So long an error that stops everything counts, unless it is said again.
_HALTS_FOR = timedelta(minutes=15)


def judged(report: Report, code: int, words: str) -> Report:
    """A failure by its code: the reader opted out, has no WhatsApp, or none of the two."""
    if code == OPTED_OUT:
        return replace(report, kind=Kind.LEFT, words=words)
    if code == UNREACHED:
        return replace(report, kind=Kind.SOFT_BOUNCE, words=words)
    return replace(report, words=words)


def of_status(status: dict[str, Any], failed: Report, at: datetime) -> tuple[Report, ...]:
    """What a status ``failed`` means, by its ``errors``; some stop the channel for everybody."""
    for error in items(status.get("errors")):
        code = error.get("code")
        if not isinstance(code, int):
            continue
        details = text(mapping(error.get("error_data")).get("details"))
        words = f"{code} {details or text(error.get('title'))}".strip()
        found = replace(judged(failed, code, words), plainer=code in ABOUT_THE_PICTURE)
        if not stops_the_channel(code):
            return (found,)
        told = {"words": words, "until": (at + _HALTS_FOR).timestamp()}
        return found, Report(Kind.LEARNED, at=at, fact=(HALT, told))
    return (failed,)


def _refused(body: dict[str, Any], tools: HookTools) -> tuple[Report, ...]:
    """What our own sender was told of an address."""
    words = text(body.get("reply"))
    first = words.partition(" ")[0]
    told = Report(Kind.FAILED, text(body.get("key")), at=tools.received_at)
    return (judged(told, int(first) if first.isdecimal() else 0, words),)


OWN = own_word(OWN_WORD, _refused)
