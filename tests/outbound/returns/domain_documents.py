"""Reports on a domain as hosts write them, for the tests; every name is invented."""

import base64
import gzip
import io
import json
import zipfile
from typing import Any

FILE = "mx.example!meridian.example!1795737600!1795823999"


def record(
    source: str, count: int, *, dkim: str = "pass", spf: str = "pass", more: str = ""
) -> str:
    """One row of an aggregate report."""
    return f"""<record><row><source_ip>{source}</source_ip><count>{count}</count>
<policy_evaluated><disposition>none</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{more}
</policy_evaluated></row><identifiers><header_from>meridian.example</header_from></identifiers>
<auth_results><dkim><domain>meridian.example</domain><result>{dkim}</result></dkim></auth_results>
</record>"""


def dmarc(
    *records: str, domain: str = "meridian.example", number: str = "7", root: str = ""
) -> str:
    """An aggregate report (RFC 7489, appendix C); ``root`` are the first element's attributes."""
    rows = records or (record("192.0.2.1", 90), record("198.51.100.9", 10, dkim="fail", spf="fail"))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feedback{root}><report_metadata><org_name>mx.example</org_name><email>dmarc@mx.example</email>
<report_id>{number}</report_id>
<date_range><begin>1795737600</begin><end>1795823999</end></date_range></report_metadata>
<policy_published><domain>{domain}</domain><p>quarantine</p></policy_published>
{"".join(rows)}</feedback>"""


def tls(*, domain: str = "meridian.example", failed: Any = 3) -> str:
    """A TLS report (RFC 8460, 4.4)."""
    return json.dumps(
        {
            "organization-name": "Company-X",
            "date-range": {
                "start-datetime": "2026-11-27T00:00:00Z",
                "end-datetime": "2026-11-27T23:59:59Z",
            },
            "report-id": "5065427c",
            "policies": [
                {
                    "policy": {"policy-type": "sts", "policy-domain": domain},
                    "summary": {
                        "total-successful-session-count": 97,
                        "total-failure-session-count": failed,
                    },
                    "failure-details": [
                        {
                            "result-type": "certificate-expired",
                            "sending-mta-ip": "2001:db8::1",
                            "receiving-mx-hostname": "mx.meridian.example",
                            "failed-session-count": failed,
                        }
                    ],
                }
            ],
        }
    )


def zipped(document: bytes, *, name: str = FILE + ".xml") -> bytes:
    """In a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, document)
    return packed.getvalue()


def gzipped(document: bytes) -> bytes:
    """In a gzip."""
    return gzip.compress(document)


def mailed(
    attachment: bytes, *, kind: str = "application/zip", name: str = FILE + ".zip",
    report_type: str = "",
) -> bytes:  # fmt: skip
    """The mail that brings it."""
    whole = f'multipart/report; report-type="{report_type}"' if report_type else "multipart/mixed"
    return f"""\
Return-Path: <dmarc@mx.example>
From: dmarc@mx.example
To: reports@meridian.example
Subject: Report Domain: meridian.example Submitter: mx.example Report-ID: <7>
MIME-Version: 1.0
Content-Type: {whole}; boundary="edge"

--edge
Content-Type: text/plain

This is an aggregate report.

--edge
Content-Type: {kind}; name="{name}"
Content-Disposition: attachment; filename="{name}"
Content-Transfer-Encoding: base64

{base64.encodebytes(attachment).decode()}
--edge--
""".encode()
