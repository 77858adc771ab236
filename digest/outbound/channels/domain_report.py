"""What a receiving host says of a sending domain over a period, in one form (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# The sources that are kept of one report: those with failures first.
MOST_SOURCES = 100
# No count is larger, whatever a document says.
MOST = 10**12


@dataclass(frozen=True, slots=True)
class ReportedSource:
    """One source's share: for DMARC the address that sent, for TLS the one that connected.

    ``words`` say what failed, or why it was let through all the same.
    """

    source: str
    passed: int
    failed: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class DomainReport:
    """A DMARC aggregate report (RFC 7489, RFC 9990) or a TLS report (RFC 8460) on one domain.

    ``kind`` is ``dmarc`` or ``tls``; ``passed`` and ``failed`` count mails, or sessions. ``policy``
    is what the host saw published. Anybody can send one: ``reporter`` is who it says it is.
    """

    kind: str
    reporter: str
    report_id: str
    domain: str
    begins_at: datetime
    ends_at: datetime
    policy: str
    passed: int
    failed: int
    sources: tuple[ReportedSource, ...]


def together(sources: Iterable[ReportedSource]) -> tuple[ReportedSource, ...]:
    """One row a source, its words joined; those with most failures first, then the largest."""
    by_source: dict[str, ReportedSource] = {}
    for each in sources:
        known = by_source.get(each.source, ReportedSource(each.source, 0, 0))
        words = known.words
        if each.words and each.words not in words.split("; "):
            words = "; ".join(filter(None, (words, each.words)))[:300]
        by_source[each.source] = ReportedSource(
            each.source,
            min(known.passed + each.passed, MOST),
            min(known.failed + each.failed, MOST),
            words,
        )
    order = sorted(by_source.values(), key=lambda e: (-e.failed, -e.passed, e.source))
    return tuple(order[:MOST_SOURCES])
