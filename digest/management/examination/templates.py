"""How the words stand that a channel's provider has to approve, for the doctor."""

from datetime import datetime

from django.db import DatabaseError

from digest.kit.doctor.finding import Finding, ok, warning
from digest.outbound.channels.provider_templates import TemplateLine
from digest.outbound.delivery.templates.listing import ListedTemplates, listed_templates


def templates(*, now: datetime) -> list[Finding]:
    """A finding for each template about which somebody should do something."""
    try:
        return [found for each in listed_templates(now=now) for found in _findings(each)]
    except DatabaseError:
        return []  # the database's own finding says so


def _findings(listed: ListedTemplates) -> list[Finding]:
    subject = f"{listed.spec.label} templates"
    if listed.missing:
        return [
            warning(
                subject,
                f"{listed.missing} is not set: nobody watches whether they may be sent.",
                "Copy it from the provider's pages (docs/operations.md).",
            )
        ]
    if listed.error:
        words = f"They could not be looked at: {listed.error}"
        return [warning(subject, words, "See whether the token may manage the account.")]
    found = [warning(subject, _said(each), each.remedy) for each in listed.wrong]
    waiting = sum(each.may_submit and not each.is_wrong for each in listed.lines)
    if waiting:
        words = f"{waiting} have not been submitted; their readers get the newsroom's language."
        found.append(warning(subject, words, "digest templates submit"))
    return found or [ok(subject, "All that were submitted can be sent.")]


def _said(line: TemplateLine) -> str:
    why = f": {line.reason}" if line.reason else ""
    return f"{line.own.name} in {line.own.tongue} is {line.state}{why}"
