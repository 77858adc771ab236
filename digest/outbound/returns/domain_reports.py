"""Steps: reports on our domains are kept, once, and told in sums."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Sum

from digest.kit.observe import log
from digest.outbound.channels.domain_report import DomainReport
from digest.outbound.returns.models import StoredDomainReport

# Anybody can send one, so that a day has an end: far more hosts than that report to nobody.
MOST_A_DAY = 1_000


@dataclass(frozen=True, slots=True)
class ReportedWeek:
    """All reports of one kind together: ``reporters`` hosts on ``passed`` and ``failed`` mails."""

    kind: str
    reporters: int
    passed: int
    failed: int


def keep(report: DomainReport, *, now: datetime) -> bool:
    """Store a report on a domain of ours; False for what is known, of others, or too much."""
    if not _is_ours(report.domain):
        log.info("a report on another domain", domain=report.domain, reporter=report.reporter)
        return False
    kept = StoredDomainReport.objects
    kept.filter(received_at__lt=now - settings.DIGEST_KEEP_LEDGER).delete()
    if kept.filter(received_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        log.warning("too many reports on our domain in a day", reporter=report.reporter)
        return False
    _, is_new = kept.get_or_create(
        kind=report.kind,
        reporter=report.reporter,
        report_id=report.report_id,
        domain=report.domain,
        defaults={
            "begins_at": report.begins_at,
            "ends_at": report.ends_at,
            "policy": report.policy,
            "passed": report.passed,
            "failed": report.failed,
            "sources": [list(astuple(each)) for each in report.sources],
            "received_at": now,
        },
    )
    return is_new


def last_week(*, now: datetime) -> Iterable[ReportedWeek]:
    """What hosts reported on the last eight days: reports come up to a day late."""
    rows = (
        StoredDomainReport.objects.filter(ends_at__gt=now - timedelta(days=8))
        .order_by()
        .values("kind")
        .annotate(reporters=Count("reporter", distinct=True), good=Sum("passed"), bad=Sum("failed"))
    )
    for row in rows.order_by("kind"):
        yield ReportedWeek(row["kind"], row["reporters"], row["good"], row["bad"])


def _is_ours(domain: str) -> bool:
    """Whether it is a domain that we send from or take mail at, one above it or below it."""
    own = {settings.DIGEST_FROM_EMAIL.rpartition("@")[2], settings.DIGEST_LIST_DOMAIN}
    return "." in domain and any(
        f".{domain}".endswith(f".{each}") or f".{each}".endswith(f".{domain}")
        for each in (name.lower().rstrip(".") for name in own)
        if each
    )
