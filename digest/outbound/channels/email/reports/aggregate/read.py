"""A mail that brings a report on our domain: found, unpacked, read (pure)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from digest.outbound.channels.domain_report import DomainReport
from digest.outbound.channels.email.reports.aggregate import dmarc, tls
from digest.outbound.channels.email.reports.aggregate.dmarc import NoReport
from digest.outbound.channels.email.reports.aggregate.unpack import CannotUnpack, unpacked

# RFC 7489, 7.2.1.1: "Report Domain: … Submitter: … Report-ID: …"; RFC 8460, 5.3 the same.
_SUBJECT = re.compile(r"report[ -]?domain:", re.IGNORECASE)
# receiver!domain!begin!end[!id].xml.gz
_FILE = re.compile(rb"![^\s!\"]{1,255}!\d{9,11}!\d{9,11}[!.]")
_TLS = re.compile(rb"^content-type:\s{0,5}application/tlsrpt\b", re.IGNORECASE | re.MULTILINE)
_HOLDERS = {"application", "text"}
_WORDS = {"text/plain", "text/html"}
_MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class MailedReport:
    """What a mail brought: reports, or why what it brought could not be read."""

    kind: str
    reports: tuple[DomainReport, ...] = ()
    why_not: str = ""


def may_bring_one(headers: Message, mail: bytes) -> bool:
    """Whether it looks like a report on a domain: cheap, and sure enough to unpack it."""
    if headers.get_content_type() == "multipart/report":
        return "tlsrpt" in str(headers.get_param("report-type", "") or "").lower()
    subject = str(headers["Subject"] or "")
    return bool(_SUBJECT.search(subject) or _FILE.search(mail) or _TLS.search(mail))


def read(message: Message) -> MailedReport | None:
    """The report in ``message``; None when it brings nothing of the kind after all."""
    failed = None
    for number, attachment in enumerate(_attachments(message)):
        if number >= _MOST_PARTS:
            break
        try:
            document = unpacked(attachment)
        except CannotUnpack as error:
            failed = failed or MailedReport("report on a domain", why_not=str(error))
            continue
        is_xml = document.startswith("<")
        if not is_xml and not document.startswith("{"):
            continue
        kind = "DMARC report" if is_xml else "TLS report"
        try:
            return MailedReport(kind, (dmarc.parse(document),) if is_xml else tls.parse(document))
        except NoReport as error:
            failed = failed or MailedReport(kind, why_not=str(error))
    return failed


def _attachments(message: Message) -> Iterator[bytes]:
    for part in message.walk():
        named = part.get_filename()
        if part.get_content_maintype() not in _HOLDERS:
            continue
        if part.get_content_type() in _WORDS and not named:
            continue
        held = part.get_payload(decode=True)
        if isinstance(held, bytes) and held:
            yield held
