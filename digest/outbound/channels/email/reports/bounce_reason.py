"""Why mail came back, in classes that outlive any one host's wording (pure)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class BounceReason(str, Enum):
    """What a refusal is about. Only :data:`GONE` says that the mailbox will never take mail."""

    NO_MAILBOX = "no mailbox"
    NO_DOMAIN = "no domain"
    MOVED = "moved"
    DISABLED = "disabled"
    FULL = "full"
    TOO_LARGE = "too large"
    RATE = "too fast"
    SENDER = "sender"
    REPUTATION = "reputation"
    AUTHENTICATION = "authentication"
    CONTENT = "content"
    POLICY = "policy"
    FILTERED = "filtered"
    RELAYING = "relaying"
    NETWORK = "network"
    SYSTEM = "system"
    PROTOCOL = "protocol"
    SUPPRESSED = "suppressed"
    HEDGED = "hedged"
    UNCLEAR = "unclear"


GONE = frozenset({BounceReason.NO_MAILBOX, BounceReason.NO_DOMAIN, BounceReason.MOVED})
# Said of the sender, the relay or our pace: it adds up to nothing against a reader.
ABOUT_US = frozenset(
    {
        BounceReason.RATE,
        BounceReason.SENDER,
        BounceReason.REPUTATION,
        BounceReason.AUTHENTICATION,
        BounceReason.RELAYING,
    }
)
# Says neither that the mailbox is gone nor that it is not: shut off today, and perhaps for good.
NEUTRAL = frozenset({BounceReason.DISABLED, BounceReason.UNCLEAR})


@dataclass(frozen=True, slots=True)
class BounceRule:
    """One row of a table: what ``pattern`` finds stands for ``reason``.

    ``source`` says who publishes it or where it was seen. ``code`` narrows the row to refusals
    with an enhanced code that it matches from the beginning. ``plain`` is False for words that
    some relays use for reasons of their own too, so that they prove nothing in a live answer.
    """

    reason: BounceReason
    pattern: re.Pattern[str]
    source: str
    code: re.Pattern[str] | None = None
    plain: bool = True

    def fits(self, words: str, codes: Iterable[str]) -> bool:
        """Whether the row is about a refusal of those words and enhanced codes."""
        if self.code is not None and not any(self.code.match(each) for each in codes):
            return False
        return bool(self.pattern.search(words))


def rule(
    reason: BounceReason, pattern: str, source: str, *, code: str = "", plain: bool = True
) -> BounceRule:
    """A row whose pattern means its letters in either case."""
    narrowed = re.compile(code) if code else None
    return BounceRule(reason, re.compile(pattern, re.IGNORECASE), source, narrowed, plain)
