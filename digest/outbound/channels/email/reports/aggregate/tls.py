"""TLS reports (pure): RFC 8460, on how other hosts reached ours."""

import json
from typing import Any

from digest.outbound.channels.domain_report import MOST, DomainReport, ReportedSource, together
from digest.outbound.channels.email.reports.aggregate.dmarc import NoReport
from digest.outbound.channels.report import items, mapping, moment, text


def parse(document: str) -> tuple[DomainReport, ...]:
    """One report for each domain that it names. Raises :class:`NoReport`."""
    try:
        body = mapping(json.loads(document))
    except (ValueError, RecursionError) as error:
        raise NoReport("broken JSON") from error
    period = mapping(body.get("date-range"))
    begins_at, ends_at = (moment(period.get(f"{each}-datetime")) for each in ("start", "end"))
    if begins_at is None or ends_at is None:
        raise NoReport("names no period")
    by_domain: dict[str, list[dict[str, Any]]] = {}
    for policy in items(body.get("policies")):
        domain = text(mapping(policy.get("policy")).get("policy-domain")).lower().rstrip(".")
        by_domain.setdefault(domain, []).append(policy)
    by_domain.pop("", None)
    if not by_domain:
        raise NoReport("names no domain")
    reporter = text(body.get("organization-name")) or text(body.get("contact-info"))
    return tuple(
        DomainReport(
            "tls",
            reporter[:255],
            text(body.get("report-id"))[:255],
            domain[:255],
            begins_at,
            ends_at,
            _policies(policies),
            _sum(policies, "total-successful-session-count"),
            _sum(policies, "total-failure-session-count"),
            together(_failures(policies)),
        )
        for domain, policies in by_domain.items()
    )


def _policies(policies: list[dict[str, Any]]) -> str:
    kinds = {text(mapping(each.get("policy")).get("policy-type")) for each in policies}
    return ", ".join(sorted(filter(None, kinds)))[:64]


def _sum(policies: list[dict[str, Any]], name: str) -> int:
    return min(sum(_count(mapping(each.get("summary")).get(name)) for each in policies), MOST)


def _failures(policies: list[dict[str, Any]]) -> list[ReportedSource]:
    found = []
    for policy in policies:
        for each in items(policy.get("failure-details")):
            source = text(each.get("sending-mta-ip")) or "?"
            to = text(each.get("receiving-mx-hostname"))
            words = " at ".join(filter(None, (text(each.get("result-type")), to)))
            count = _count(each.get("failed-session-count"))
            found.append(ReportedSource(source[:45], 0, count, words[:200]))
    return found


def _count(value: object) -> int:
    return min(max(value, 0), MOST) if isinstance(value, int) else 0
