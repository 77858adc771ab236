"""DMARC aggregate reports (pure): RFC 7489 appendix C, RFC 9990, and what hosts make of both.

Elements are known by their names alone: hosts leave the namespace out, or write their own.
"""

import ipaddress
import re
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

from digest.kit.errors import InvalidInput
from digest.outbound.channels.domain_report import MOST, DomainReport, ReportedSource, together
from digest.outbound.channels.report import text

_DEEPEST = 12
_MOST_RECORDS = 50_000
_LONGEST = 1_000
# Some write a schema around it and never end that.
_BEGINS = re.compile(r"<(?:[\w.-]{1,40}:)?feedback[\s>]", re.IGNORECASE)
_END = re.compile(r"</(?:[\w.-]{1,40}:)?feedback\s{0,9}>", re.IGNORECASE)
_POLICIES = {"none", "quarantine", "reject"}


class NoReport(InvalidInput, ValueError):
    """A document that is no aggregate report, or a broken one; the text says which."""


def parse(document: str) -> DomainReport:
    """The report. Raises :class:`NoReport`.

    What stands before the first element is not read, so there are neither entities nor files from
    outside, and a reference to one is an error.
    """
    begins, ends = _BEGINS.search(document), _END.search(document)
    if begins is None or ends is None:
        raise NoReport("no <feedback> that ends")
    document = document[begins.start() : ends.end()]
    seen = _Elements()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = seen.start
    parser.EndElementHandler = seen.end
    parser.CharacterDataHandler = seen.characters
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(document.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise NoReport(f"broken XML ({error})") from error
    return seen.report()


def _refuse(*_: object) -> int:
    raise NoReport("declares a type inside")


class _Elements:
    """What a report holds, by path: ``report_metadata/org_name``, and its records in turn."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._said = ""
        self._head: dict[str, str] = {}
        self._record: dict[str, str] = {}
        self._sources: list[ReportedSource] = []

    def start(self, name: str, attributes: Any) -> None:
        self._path.append(name.rpartition(":")[2].lower())
        self._said = ""
        if len(self._path) > _DEEPEST:
            raise NoReport(f"nested deeper than {_DEEPEST} elements")

    def characters(self, said: str) -> None:
        if len(self._said) < _LONGEST:
            self._said += said

    def end(self, name: str) -> None:
        path, said, self._said = "/".join(self._path[1:]), text(self._said), ""
        if path.startswith("record/"):
            # The first of what may come again: two DKIM results, two reasons.
            self._record.setdefault(path.removeprefix("record/"), said)
        elif path == "record":
            if len(self._sources) >= _MOST_RECORDS:
                raise NoReport(f"more than {_MOST_RECORDS} records")
            self._sources.append(_source(self._record))
            self._record = {}
        elif path:
            self._head.setdefault(path, said)
        self._path.pop()

    def report(self) -> DomainReport:
        head = self._head
        domain = head.get("policy_published/domain", "").lower().rstrip(".")
        if not domain:
            raise NoReport("names no domain")
        policy = head.get("policy_published/p", "").lower()
        reporter = head.get("report_metadata/org_name") or head.get("report_metadata/email", "")
        return DomainReport(
            "dmarc",
            reporter[:255],
            head.get("report_metadata/report_id", "")[:255],
            domain[:255],
            _moment(head.get("report_metadata/date_range/begin", "")),
            _moment(head.get("report_metadata/date_range/end", "")),
            policy if policy in _POLICIES else "",
            min(sum(each.passed for each in self._sources), MOST),
            min(sum(each.failed for each in self._sources), MOST),
            together(self._sources),
        )


def _source(record: dict[str, str]) -> ReportedSource:
    """A row: DMARC passes by either of the two that is aligned (RFC 7489, 3.1; RFC 9989)."""
    results = {
        name: record.get(f"row/policy_evaluated/{name}", "").lower() for name in ("dkim", "spf")
    }
    count = _count(record.get("row/count", ""))
    passes = "pass" in results.values()
    disposition = record.get("row/policy_evaluated/disposition", "").lower()
    said = [f"{name.upper()} {result or 'none'}" for name, result in results.items()]
    if passes:
        said = []
    elif disposition in _POLICIES - {"none"}:
        said.append(disposition)
    reason = record.get("row/policy_evaluated/reason/type", "")
    words = ", ".join([*said, *([reason[:60]] if reason and not passes else [])])
    address = _address(record.get("row/source_ip", ""))
    return ReportedSource(address, count if passes else 0, 0 if passes else count, words)


def _address(said: str) -> str:
    try:
        return str(ipaddress.ip_address(said.strip()))
    except ValueError:
        return said[:45] or "?"


def _count(said: str) -> int:
    return min(int(said), MOST) if said.isascii() and said.isdecimal() and len(said) < 16 else 0


def _moment(said: str) -> datetime:
    # Some write a fraction, or the time in words.
    try:
        return datetime.fromtimestamp(float(said[:20]), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise NoReport("names no period") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
