"""Returned mails as common hosts write them, for the tests; every name is invented."""

SECRET = "a secret"


def dsn(to: str, *, action: str = "failed", status: str = "5.1.1", words: str = "") -> bytes:
    """A delivery status notification (RFC 3464)."""
    words = words or f"smtp; 550 {status} mailbox not known"
    return f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain; charset=utf-8

We are sorry.

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; reader@elsewhere.example
Action: {action}
Status: {status}
Diagnostic-Code: {words}

--edge
Content-Type: text/rfc822-headers

Subject: Your morning

--edge--
""".replace("\n", "\r\n").encode()


def complaint(*, mail_from: str, kind: str = "abuse") -> bytes:
    """A report in the abuse reporting format (RFC 5965), the reader's name struck out."""
    return f"""\
From: feedback@provider.example
To: complaints@meridian.example
Subject: a complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="edge"

--edge
Content-Type: text/plain

This is a report of abuse.

--edge
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Loop/1.0
Version: 1
Original-Mail-From: <{mail_from}>
Original-Rcpt-To: redacted@provider.example

--edge
Content-Type: message/rfc822

From: news@meridian.example
Subject: Your morning

Good morning.

--edge--
""".replace("\n", "\r\n").encode()


def plain_mail(text: str, *, sender: str = "", headers: str = "") -> bytes:
    """A plain mail, as an answering machine or an old mail host writes it."""
    sender = sender or "Ann Reader <ann@elsewhere.example>"
    return (
        f"From: {sender}\r\nTo: somebody\r\nSubject: Re: Your morning\r\n{headers}\r\n{text}\r\n"
    ).encode()
