"""Mail that came back: what it says, and whose copy it is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.channels.email.reports.bounce import read
from digest.outbound.channels.email.reports.classify import classify
from digest.outbound.channels.email.verp import envelope_sender
from digest.outbound.channels.report import Kind
from tests.outbound.returns.returned import SECRET, complaint, dsn, plain_mail

KEY = "17-42"
TO = envelope_sender(KEY, "meridian.example", SECRET)


def kinds(mail: bytes, to: str = TO, **options: bool) -> list[tuple[Kind, str]]:
    return [(each.kind, each.key) for each in read(mail, [to], secret=SECRET, **options).reports]


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("5.1.1", "smtp; 550 5.1.1 mailbox not known", Kind.HARD_BOUNCE),
        ("5.1.8", "550 5.1.8 sender address rejected", Kind.SOFT_BOUNCE),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", Kind.HARD_BOUNCE),
        ("5.4.4", "host not found", Kind.HARD_BOUNCE),
        ("5.0.0", "550 no such user here", Kind.HARD_BOUNCE),
        ("5.0.0", "554 over quota", Kind.SOFT_BOUNCE),
        ("5.2.2", "552 5.2.2 the mailbox is full", Kind.SOFT_BOUNCE),
        ("5.3.4", "552 message too large", Kind.SOFT_BOUNCE),
        ("5.7.1", "550 5.7.1 looks like spam", Kind.SOFT_BOUNCE),
        ("5.7.1", "550 5.7.1 user unknown", Kind.SOFT_BOUNCE),
        ("4.4.7", "kept for five days", Kind.SOFT_BOUNCE),
        ("5.0.0", "550 Unrouteable address", Kind.HARD_BOUNCE),
        ("5.0.0", "551 not here", Kind.HARD_BOUNCE),
        ("5.0.0", "smtp; 550 5.1.1 gone", Kind.HARD_BOUNCE),
        ("5.0.0", "retry timeout exceeded", Kind.SOFT_BOUNCE),
        ("5.0.0", "host not found: retry timeout exceeded", Kind.SOFT_BOUNCE),
        ("5.0.0", "smtp; 451 4.7.1 come back later", Kind.SOFT_BOUNCE),
        ("5.0.0", "smtp; 450 mailbox unavailable", Kind.SOFT_BOUNCE),
        ("5.0.0", "550 Administrative prohibition", Kind.SOFT_BOUNCE),
        ("5.0.0", "554 Transaction failed", Kind.SOFT_BOUNCE),
        ("5.0.0", "550 Message refused", Kind.SOFT_BOUNCE),
        ("5.0.0", "554 5.0.0 Service unavailable", Kind.SOFT_BOUNCE),
        ("5.0.0", "550 you do not have permission", Kind.SOFT_BOUNCE),
        ("5.0.0", "550 sender domain does not exist", Kind.SOFT_BOUNCE),
        ("5.0.0", "550 refused, see 192.5.1.1 for why", Kind.SOFT_BOUNCE),
        ("5.4.0", "550 no answer", Kind.SOFT_BOUNCE),
        ("", "554 Message not allowed", Kind.SOFT_BOUNCE),
        ("", "550 user unknown", Kind.HARD_BOUNCE),
    ],
)
def test_a_status_notification_is_weighed(status: str, words: str, kind: Kind) -> None:
    assert kinds(dsn(TO, status=status, words=words)) == [(kind, KEY)]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("host mx.elsewhere.example [192.0.2.1]: retry timeout exceeded", Kind.SOFT_BOUNCE),
        ("Unrouteable address", Kind.HARD_BOUNCE),
    ],
)
def test_where_a_host_leaves_the_reason_to_the_text_it_is_read_there(said: str, kind: Kind) -> None:
    told = b"A message could not be delivered. The following address(es) failed: " + said.encode()
    mail = dsn(TO, status="5.0.0", words="-").replace(b"Diagnostic-Code: -\r\n", b"")
    mail = mail.replace(b"We are sorry.", told)
    copy = b"message/rfc822\r\n\r\nFrom: a@b.example\r\n\r\nNo such user, said the court.\r\n"
    assert kinds(mail.replace(b"text/rfc822-headers", copy)) == [(kind, KEY)]


def test_a_delay_is_no_bounce() -> None:
    found = read(dsn(TO, action="delayed", status="4.4.1"), [TO], secret=SECRET)
    assert not found.reports and "delay" in found.why_not


def test_a_delivery_notice_is_a_delivery() -> None:
    assert kinds(dsn(TO, action="delivered", status="2.0.0")) == [(Kind.DELIVERED, KEY)]


@pytest.mark.parametrize("header", ["To", "Delivered-To", "X-Original-To"])
def test_the_copy_is_named_by_headers_when_the_envelope_is_gone(header: str) -> None:
    mail = dsn("postmaster@meridian.example").replace(b"To: postmaster@meridian.example", b"", 1)
    named = f"{header}: {TO}\r\n".encode() + mail.lstrip()
    assert [each.key for each in read(named, [], secret=SECRET).reports] == [KEY]


@pytest.mark.parametrize(
    "to",
    [
        "bounces+17-42-aaaaaaaaaaaa@meridian.example",
        TO.replace("17-42", "17-43"),
        "bounces@meridian.example",
        "",
    ],
)
def test_nobody_invents_bounces_for_others(to: str) -> None:
    found = (
        read(dsn(TO), [to], secret=SECRET) if to else read(dsn("a@b.example"), [], secret=SECRET)
    )
    assert not found.reports and found.why_not == "no return path of ours"


def test_a_complaint_names_its_copy_by_the_return_path_inside() -> None:
    found = read(complaint(mail_from=TO), ["complaints@meridian.example"], secret=SECRET)
    assert [(each.kind, each.key) for each in found.reports] == [(Kind.COMPLAINT, KEY)]


def test_a_complaint_with_a_forged_return_path_counts_for_nobody() -> None:
    forged = complaint(mail_from="bounces+17-42-aaaaaaaaaaaa@meridian.example")
    assert not read(forged, ["complaints@meridian.example"], secret=SECRET).reports


def test_not_spam_is_no_complaint() -> None:
    assert not read(complaint(mail_from=TO, kind="not-spam"), [], secret=SECRET).reports


@pytest.mark.parametrize(
    "text", ["I am away until Monday.", "Gracias por escribir, respondemos pronto.", ""]
)
def test_an_answering_machine_is_no_bounce(text: str) -> None:
    mail = plain_mail(text, headers="Auto-Submitted: auto-replied\r\n")
    assert kinds(mail) == []


AWAY = [
    "I am out of the office until 3 May and do not have access to my mail. Your message could not "
    "be delivered to me personally.",
    "Parcels that could not be delivered wait at the desk; call 020 7946 0000. I do not have a "
    "phone with me.",
    "Thank you. Request 4.2.1 was opened: my account is suspended? see 550 undeliverable",
    "I am away until Monday.",
]


@pytest.mark.parametrize("text", AWAY)
@pytest.mark.parametrize("sender", ["", "Postmaster <postmaster@small.example>"])
@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: Auto-Replied; owner=ann",
        "X-Autoreply: yes",
        "X-Autorespond: yes",
        "X-Auto-Response-Suppress: All",
        "Precedence: auto_reply",
    ],
)
def test_an_absent_reader_is_no_bounce_whatever_the_words(
    text: str, sender: str, header: str
) -> None:
    found = read(plain_mail(text, sender=sender, headers=f"{header}\r\n"), [TO], secret=SECRET)
    assert not found.reports and found.why_not == "an answering machine"


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("", "This could not be delivered: 550 user unknown."),
        ("", "This could not be delivered, there is no such user."),
        ("postmaster@x.example", "There is no such user."),
        ("MAILER-DAEMON@x.example", "Not delivered. This account was closed."),
    ],
)
def test_words_alone_never_shut_an_address(sender: str, text: str) -> None:
    assert kinds(plain_mail(text, sender=sender)) == [(Kind.SOFT_BOUNCE, KEY)]


def test_a_daemon_that_answers_by_itself_is_still_a_bounce() -> None:
    mail = plain_mail(
        "550 no such user here",
        sender="MAILER-DAEMON@old.example",
        headers="Auto-Submitted: auto-replied\r\n",
    )
    assert kinds(mail) == [(Kind.HARD_BOUNCE, KEY)]


def test_an_old_hosts_own_words_are_read() -> None:
    host = "MAILER-DAEMON@old.example"
    gone = plain_mail("Sorry, no mailbox here by that name. (#5.1.1)", sender=host)
    full = plain_mail("The message could not be delivered: over quota.", sender=host)
    assert [*kinds(gone), *kinds(full)] == [(Kind.HARD_BOUNCE, KEY), (Kind.SOFT_BOUNCE, KEY)]


def test_still_trying_is_no_bounce() -> None:
    mail = plain_mail(
        "It has not yet been delivered; will be retried.", sender="postmaster@x.example"
    )
    assert kinds(mail) == []


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(junk: bytes) -> None:
    found = read(junk, [TO], secret=SECRET)
    assert found.reports or found.why_not


@given(st.integers(0, 40), st.binary(min_size=1, max_size=20))
def test_a_damaged_notification_is_read_without_an_error(at: int, junk: bytes) -> None:
    whole = dsn(TO)
    cut = len(whole) * at // 40
    read(whole[:cut] + junk + whole[cut:], [TO], secret=SECRET)
    read(complaint(mail_from=TO)[:cut] + junk, [TO], secret=SECRET)


@given(st.text(max_size=60), st.text(max_size=200), st.sampled_from([None, True, False]))
def test_anything_is_weighed(status: str, words: str, permanent: bool | None) -> None:
    assert classify(status, words, permanent=permanent) in {Kind.HARD_BOUNCE, Kind.SOFT_BOUNCE}


def test_words_that_repeat_cost_little() -> None:
    mail = plain_mail("mailbox " * 20_000, sender="MAILER-DAEMON@x.example")
    assert len(kinds(mail)) <= 1


@pytest.mark.parametrize(
    "level",
    [
        'Content-Type: multipart/mixed; boundary="{0}"\n\n--{0}\n',
        "Content-Type: multipart/mixed; BOUNDARY*=''{0}\n\n--{0}\n",
        "Content-Type: multipart/mixed; boundary*0={0}\n\n--{0}\n",
        "Content-Type: multipart/mixed; boundary\n ={0}\n\n--{0}\n",
        "Content-Type: message/rfc822\n\n",
    ],
)
def test_parts_inside_parts_are_not_followed(level: str) -> None:
    mail = "From: a@b.example\n" + "".join(level.format(at) for at in range(900)) + "\n-\n" * 50
    assert read(mail.encode(), [TO], secret=SECRET).why_not == "more than 20 parts"


def test_a_header_without_an_end_is_not_read() -> None:
    mail = b'Content-Type: multipart/report; a="' + b";\r\n " * 5_000 + b"\r\n\r\nx"
    assert read(mail, [TO], secret=SECRET).why_not == "a header without an end"


def test_a_recipient_inside_endless_brackets_is_refused() -> None:
    assert "cannot be read" in read(b"To: " + b"(" * 5_000, [], secret=SECRET).why_not


def test_what_a_bounce_says_stands_before_its_first_ten_thousand_lines() -> None:
    assert kinds(dsn(TO) + b"\r\n" * 100_000) == [(Kind.HARD_BOUNCE, KEY)]
