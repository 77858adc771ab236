"""Reports on our domain: known for what they are, read within bounds, kept once and shown."""

import asyncio
import os
import random
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from digest.management.examination.domain_reports import domain_reports as examined
from digest.outbound.channels.domain_report import MOST, MOST_SOURCES, ReportedSource
from digest.outbound.channels.email.reports.aggregate.unpack import LARGEST, CannotUnpack, unpacked
from digest.outbound.channels.email.reports.bounce import BouncedMail, read
from digest.outbound.channels.email.verp import envelope_sender
from digest.outbound.channels.report import Kind
from digest.outbound.returns import domain_reports
from digest.outbound.returns.models import StoredDomainReport
from digest.outbound.returns.receive import receive
from digest.outbound.returns.server import ReturnHandler
from digest.outbound.returns.take import take_events
from digest.staff.members import Member
from tests.outbound.returns import domain_documents as documents
from tests.outbound.returns.returned import SECRET

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
TO = ["reports@meridian.example"]


def told(mail: bytes) -> BouncedMail:
    return read(mail, TO, secret=SECRET, null_sender=False)


@pytest.mark.parametrize("packed", ["zip", "gzip", "plain", "octets", "zip in gzip"])
def test_a_dmarc_report_is_read_however_it_is_packed(packed: str) -> None:
    plain = documents.dmarc().encode()
    attachment, kind = {
        "zip": (documents.zipped(plain), "application/zip"),
        "gzip": (documents.gzipped(plain), "application/gzip"),
        "plain": (plain, "text/xml"),
        "octets": (documents.gzipped(plain), "application/octet-stream"),
        "zip in gzip": (documents.gzipped(documents.zipped(plain)), "application/gzip"),
    }[packed]
    (report,) = told(documents.mailed(attachment, kind=kind)).reports
    found = report.about_domain
    assert report.kind is Kind.LEARNED
    assert found is not None
    assert (found.kind, found.reporter, found.report_id) == ("dmarc", "mx.example", "7")
    assert (found.domain, found.policy) == ("meridian.example", "quarantine")
    assert found.ends_at - found.begins_at == timedelta(days=1) - timedelta(seconds=1)
    assert (found.passed, found.failed) == (90, 10)
    assert found.sources == (
        ReportedSource("198.51.100.9", 0, 10, "DKIM fail, SPF fail"),
        ReportedSource("192.0.2.1", 90, 0),
    )


def test_the_new_namespace_and_its_words_are_read() -> None:
    more = "<reason><type>policy_test_mode</type></reason>"
    row = documents.record("192.0.2.1", 4, dkim="fail", spf="FAIL", more=more)
    good = documents.record("192.0.2.1", 6, dkim="Pass", spf="fail").replace(
        ">none</disposition>", ">pass</disposition>"
    )
    root = ' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"'
    document = documents.dmarc(row, good, root=root).encode()
    (report,) = told(documents.mailed(document, kind="text/xml")).reports
    assert report.about_domain is not None
    assert report.about_domain.sources == (
        ReportedSource("192.0.2.1", 6, 4, "DKIM fail, SPF fail, policy_test_mode"),
    )


@pytest.mark.parametrize("kind", ["application/tlsrpt+gzip", "application/tlsrpt+json"])
def test_a_tls_report_is_read(kind: str) -> None:
    plain = documents.tls().encode()
    body = documents.gzipped(plain) if kind.endswith("gzip") else plain
    mail = documents.mailed(body, kind=kind, name="a.json", report_type="tlsrpt")
    (report,) = told(mail).reports
    found = report.about_domain
    assert found is not None
    assert (found.kind, found.reporter, found.policy) == ("tls", "Company-X", "sts")
    assert (found.passed, found.failed) == (97, 3)
    assert found.sources == (
        ReportedSource("2001:db8::1", 0, 3, "certificate-expired at mx.meridian.example"),
    )


BOMB = '<!DOCTYPE feedback [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("entities", documents.dmarc(number="&b;").replace("<feedback", f"{BOMB}<feedback", 1)),
        (
            "a file from outside",
            documents.dmarc(number="&x;").replace(
                "<feedback", '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feedback', 1
            ),
        ),
        ("depth", documents.dmarc("<a>" * 5_000 + "</a>" * 5_000)),
        ("no end", documents.dmarc()[:-20]),
        ("no period", documents.dmarc().replace("1795737600", "whenever")),
        ("no domain", documents.dmarc(domain="")),
        ("JSON of something else", '{"a": [1, 2]}'),
        ("JSON without an end", "{" * 5_000),
    ],
)
def test_a_hostile_or_broken_report_is_known_and_not_used(name: str, body: str) -> None:
    found = told(documents.mailed(body.encode(), kind="text/xml", name="a.xml"))
    assert found.reports == ()
    assert "report that cannot be read" in found.why_not


@pytest.mark.parametrize("packer", ["zip", "gzip"])
def test_an_archive_that_lies_about_itself_is_a_report_that_cannot_be_read(packer: str) -> None:
    """Places before its beginning, empty names, other letters, fields that are cut short."""
    plain = documents.dmarc().encode()
    whole = documents.zipped(plain) if packer == "zip" else documents.gzipped(plain)
    chance, refused = random.Random(7), 0
    for _ in range(1_500):
        lying = bytearray(whole)
        for _ in range(chance.randint(1, 5)):
            # An archive's table of contents is its end.
            place = max(4, len(lying) - 1 - int(chance.random() ** 2 * len(lying)))
            lying[place] = chance.choice([0, 1, 127, 128, 255])
        try:
            unpacked(bytes(lying))
        except CannotUnpack:
            refused += 1
    assert refused


@pytest.mark.parametrize("packer", ["zip", "gzip"])
def test_a_bomb_costs_no_more_than_its_bound(packer: str) -> None:
    document = b"<feedback>" + b" " * (8 * LARGEST)
    bomb = documents.zipped(document) if packer == "zip" else documents.gzipped(document)
    mail = documents.mailed(bomb)
    tracemalloc.start()
    found = told(mail)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.why_not == f"a report on a domain that cannot be read: more than {LARGEST} bytes"
    assert most < 4 * LARGEST


def test_no_count_and_no_number_of_sources_goes_beyond_its_bound() -> None:
    rows = [documents.record(f"10.0.{n // 256}.{n % 256}", 10**14) for n in range(300)]
    rows += [documents.record(f"10.9.0.{n}", -5, dkim="fail", spf="") for n in range(3)]  # type: ignore[list-item]
    (report,) = told(documents.mailed(documents.zipped(documents.dmarc(*rows).encode()))).reports
    found = report.about_domain
    assert found is not None
    assert (found.passed, found.failed) == (MOST, 0)
    assert len(found.sources) == MOST_SOURCES
    for odd in (True, -1, "5", 1e30, None, 10**30):
        mail = documents.mailed(documents.tls(failed=odd).encode(), kind="application/json")
        (report,) = told(mail).reports
        assert report.about_domain is not None
        assert 0 <= report.about_domain.failed <= MOST


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"<feedback>"])
)
def test_any_attachment_is_read_without_an_error(junk: bytes, start: bytes) -> None:
    found = told(documents.mailed(start + junk))
    assert isinstance(found, BouncedMail)


def test_a_packed_report_of_failed_authentication_is_no_complaint() -> None:
    to = envelope_sender("1-2", "meridian.example", SECRET)
    fields = f"Feedback-Type: auth-failure\r\nOriginal-Mail-From: <{to}>\r\nVersion: 1\r\n"
    mail = documents.mailed(fields.encode(), kind="message/feedback-report", name="ATT1").replace(
        b"Report Domain: meridian.example", b"Rent reminder"
    )
    found = read(mail, [to], secret=SECRET, null_sender=False)
    assert found.reports == ()
    assert found.why_not == "a report of auth-failure, no complaint"


def test_a_packed_delivery_status_is_read() -> None:
    to = envelope_sender("1-2", "meridian.example", SECRET)
    fields = (
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\n"
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\n"
    )
    mail = documents.mailed(fields.encode(), kind="message/delivery-status", name="ATT1").replace(
        b"Report Domain: meridian.example", b"Undeliverable"
    )
    (report,) = read(mail, [to], secret=SECRET).reports
    assert (report.kind, report.key, report.status) == (Kind.HARD_BOUNCE, "1-2", "5.1.1")


@pytest.mark.skipif(not os.environ.get("DIGEST_DATA"), reason="no DIGEST_DATA")
def test_every_report_that_others_collected_is_known_for_what_it_is() -> None:
    folder = Path(os.environ["DIGEST_DATA"]) / "reports"
    if not folder.is_dir():
        pytest.skip("no reports in DIGEST_DATA")
    unknown = []
    for path in sorted(folder.rglob("*.eml")):
        found = told(path.read_bytes())
        is_about_us = bool(found.reports and found.reports[0].about_domain)
        wanted = "complaint" if path.parent.name in {"ma-arf", "pd-failure"} else None
        if not (is_about_us if wanted is None else wanted in found.why_not):
            unknown.append((path.name, found))
    assert unknown == []


@pytest.mark.django_db
class TestKept:
    @pytest.fixture(autouse=True)
    def domain(self, settings: pytest.FixtureRequest) -> None:
        settings.DIGEST_FROM_EMAIL = "news@mail.meridian.example"  # type: ignore[attr-defined]
        settings.DIGEST_LIST_DOMAIN = "lists.meridian.example"  # type: ignore[attr-defined]

    def come(self, document: str, *, now: datetime = NOW) -> None:
        mail = documents.mailed(documents.zipped(document.encode()))
        receive(mail, TO, null_sender=False, now=now)
        take_events(now=now)

    def test_a_report_counts_once_and_other_domains_do_not(self) -> None:
        self.come(documents.dmarc())
        self.come(documents.dmarc() + " ")
        self.come(documents.dmarc(number="8", domain="mail.meridian.example"))
        for domain in ("elsewhere.example", "example", "notmeridian.example"):
            self.come(documents.dmarc(number="9", domain=domain))
        kept = StoredDomainReport.objects.order_by("report_id")
        assert list(kept.values_list("report_id", "domain", "passed", "failed")) == [
            ("7", "meridian.example", 90, 10),
            ("8", "mail.meridian.example", 90, 10),
        ]
        assert kept[0].sources[0] == ["198.51.100.9", 0, 10, "DKIM fail, SPF fail"]

    def test_a_flood_has_an_end_and_old_ones_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(domain_reports, "MOST_A_DAY", 3)
        for number in range(6):
            self.come(documents.dmarc(number=str(number)))
        assert StoredDomainReport.objects.count() == 3
        self.come(documents.dmarc(number="late"), now=NOW + timedelta(days=500))
        assert [each.report_id for each in StoredDomainReport.objects.all()] == ["late"]

    def test_operators_see_them_by_source_and_the_doctor_sums_them_up(self, client: Client) -> None:
        assert examined(now=NOW) == []
        row = documents.record("198.51.100.9", 10, dkim="fail", spf="&lt;b&gt;no&lt;/b&gt;")
        self.come(documents.dmarc(documents.record("192.0.2.1", 90), row))
        client.force_login(Member.objects.create_superuser("op@example.org", "a long pass phrase"))
        (report,) = StoredDomainReport.objects.all()
        listed = client.get("/admin/digest/storeddomainreport/").content.decode()
        page = client.get(f"/admin/digest/storeddomainreport/{report.pk}/change/").content.decode()
        assert "mx.example" in listed
        assert "<td>198.51.100.9</td><td>0</td><td>10</td>" in page
        assert "<b>no" not in page
        assert client.post("/admin/digest/storeddomainreport/add/").status_code == 403
        (finding,) = examined(now=NOW)
        assert finding.state == "warning"
        assert finding.what == "Last week 1 hosts reported 100 mails, of which 10 failed."


def test_the_server_takes_reports_for_their_address_alone() -> None:
    keeper = ReturnHandler("meridian.example", SECRET, frozenset({"reports@meridian.example"}))
    answers = [
        asyncio.run(keeper.handle_RCPT(None, None, Envelope(), address, []))  # type: ignore[arg-type]
        for address in ("Reports@meridian.example", "others@meridian.example")
    ]
    assert [each[:3] for each in answers] == ["250", "550"]
