"""What receiving hosts reported about our domains lately, for the doctor."""

from datetime import datetime

from django.db import DatabaseError

from digest.kit.doctor.finding import Finding, ok, warning
from digest.outbound.returns.domain_reports import ReportedWeek, last_week

# Forwarders and forgers fail every day; more than this is a source of ours.
_MOST_FAILED = 0.05
_SEEN = "See the failing sources at /admin/digest/storeddomainreport/: "
_REMEDIES = {
    "dmarc": "one of your own relays among them must sign with DKIM, or stand in SPF; others are "
    "forwarders or forgers.",
    "tls": "mail that comes back reaches your host without TLS, or not at all.",
}
_WORDS = {"dmarc": ("DMARC reports", "mails"), "tls": ("TLS reports", "sessions")}


def domain_reports(*, now: datetime) -> list[Finding]:
    """A finding for each kind of report that came; none where none did."""
    try:
        return [_finding(each) for each in last_week(now=now)]
    except DatabaseError:
        return []  # the database's own finding says so


def _finding(week: ReportedWeek) -> Finding:
    subject, what = _WORDS[week.kind]
    together = week.passed + week.failed
    words = (
        f"Last week {week.reporters} hosts reported {together:,} {what}, of which "
        f"{week.failed:,} failed."
    )
    if week.failed > _MOST_FAILED * together:
        return warning(subject, words, _SEEN + _REMEDIES[week.kind])
    return ok(subject, words)
