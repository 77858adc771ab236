"""From a mail that came back to the ledger's row and the reader's address."""

import smtplib
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connections
from pytest_django import Settings

from digest.kit.clock import now
from digest.kit.supervise import free_port
from digest.models import (
    Consent,
    Delivery,
    ProviderEvent,
    Send,
    SoftBounces,
    Subscription,
    Suppression,
)
from digest.outbound.channels.email.spec import SPEC as MAIL
from digest.outbound.channels.email.verp import envelope_sender
from digest.outbound.channels.report import Kind, Report, key_of_message_id
from digest.outbound.returns import pickup, receive, soft_bounces, take
from digest.outbound.returns.server import ReturnServer
from digest.outbound.returns.take import apply, take_events
from tests.fakes.imap import ImapServer
from tests.outbound.channels import test_email_tls
from tests.outbound.returns.returned import complaint, dsn
from tests.scenes import scene

Outcome, State = Delivery.Outcome, Delivery.State
certificate = test_email_tls.certificate
NOW = now()


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("<7-11.0123456789abcde@list.example>", "7-11"),
        ("7-11@LIST.example", "7-11"),
        ("<7-11.0123456789abcd@list.example>", ""),
        ("<7-11.0123456789abcde@other.example>", ""),
        ("<7-11.0123456789abcde.x@list.example>", ""),
    ],
)
def test_the_key_is_read_from_message_ids_of_ours_alone(value: str, key: str) -> None:
    assert key_of_message_id(value, "list.example") == key


@pytest.fixture
def copy(db: None) -> Delivery:
    send = scene.running_edition(1, now=NOW)
    Delivery.objects.filter(send_id=send.pk).update(state=State.SENT, sent_at=NOW)
    return Delivery.objects.get(send_id=send.pk)


def key(copy: Delivery) -> str:
    return f"{copy.send_id}-{copy.address_id}"


def path(copy: Delivery, settings: Settings) -> str:
    return envelope_sender(key(copy), settings.DIGEST_LIST_DOMAIN, settings.SECRET_KEY)


def outcome() -> int | None:
    return Delivery.objects.get().outcome


def test_a_hard_bounce_shuts_the_address(copy: Delivery, settings: Settings) -> None:
    mail = dsn(path(copy, settings))
    assert receive.receive(mail, [path(copy, settings)], null_sender=True, now=NOW)
    assert take_events(now=NOW).used == 1
    assert outcome() == Outcome.HARD_BOUNCE
    assert Suppression.objects.get().reason == "bounce"
    assert Subscription.objects.get().ended_reason == "bounce"


def test_the_same_mail_counts_once(copy: Delivery, settings: Settings) -> None:
    mail, to = dsn(path(copy, settings)), [path(copy, settings)]
    assert receive.receive(mail, to, null_sender=True, now=NOW)
    assert not receive.receive(mail, to, null_sender=True, now=NOW)
    assert take_events(now=NOW).seen == 1


def test_a_complaint_ends_everything(copy: Delivery, settings: Settings) -> None:
    receive.receive(complaint(mail_from=path(copy, settings)), [], null_sender=False, now=NOW)
    take_events(now=NOW)
    assert (outcome(), Suppression.objects.get().reason) == (Outcome.COMPLAINT, "complaint")


def soft(copy: Delivery, day: int) -> bool:
    at = NOW + timedelta(days=day)
    return apply(Report(Kind.SOFT_BOUNCE, key(copy), words="full", at=at), MAIL, now=at)


def test_soft_bounces_of_many_days_shut_the_address(copy: Delivery) -> None:
    for day in range(4):
        assert soft(copy, day)
        assert not soft(copy, day), "a second one on the same day is the same"
    assert not Suppression.objects.exists()
    soft(copy, 4)
    assert Suppression.objects.get().note.startswith("5 days of soft bounces")
    assert not SoftBounces.objects.exists()


def test_a_delivery_in_between_begins_the_count_anew(copy: Delivery) -> None:
    for day in range(4):
        soft(copy, day)
    later = NOW + timedelta(days=4)
    apply(Report(Kind.DELIVERED, key(copy), at=later), MAIL, now=later)
    soft(copy, 5)
    assert SoftBounces.objects.get().days == 1 and not Suppression.objects.exists()


def test_old_soft_bounces_are_forgotten() -> None:
    first = soft_bounces.count(None, NOW)
    again = soft_bounces.count(first, NOW + soft_bounces.STALE + timedelta(days=1))
    assert again.days == 1 and not soft_bounces.is_shut(again, 1 + 1)


def test_no_threshold_never_shuts() -> None:
    assert not soft_bounces.is_shut(soft_bounces.SoftBounceDays(900, NOW, NOW), 0)


def test_one_report_that_fails_holds_up_no_other(copy: Delivery) -> None:
    suffix = Send.objects.get(pk=copy.send_id).message_id_suffix
    ours = f"{key(copy)}.{suffix}@meridian.example"
    good = {"event": "complained", "message": {"headers": {"message-id": ours}}}
    for at, body in enumerate([["no object"], good]):
        ProviderEvent.objects.create(
            provider="mailgun", event_id=str(at), body=body, received_at=NOW
        )
    assert take_events(now=NOW).seen == 2
    assert outcome() == Outcome.COMPLAINT
    assert not ProviderEvent.objects.filter(processed_at=None).exists()


def complaint_of(address: str, number: int) -> ProviderEvent:
    body = {"RecordType": "SpamComplaint", "Email": address}
    return ProviderEvent.objects.create(
        provider="postmark", event_id=str(number), body=body, received_at=NOW
    )


@pytest.mark.parametrize("error", [OperationalError("deadlock detected"), InterfaceError("closed")])
def test_a_report_waits_while_the_database_cannot_take_it(
    copy: Delivery, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    held = complaint_of(Subscription.objects.get().address.value, 1)
    complaint_of("stranger@else.example", 2)
    whole = take._take

    def fails(event: ProviderEvent, now: datetime) -> bool:
        changed = whole(event, now)
        if event.pk == held.pk:
            raise error
        return changed

    with monkeypatch.context() as patch:
        patch.setattr(take, "_take", fails)
        assert take_events(now=NOW) == take.TakenEvents(1, 0)
        assert take_events(now=NOW, limit=1) == take.TakenEvents(0, 0)
    assert not Suppression.objects.exists(), "what it had changed was taken back"
    assert take_events(now=NOW) == take.TakenEvents(1, 1)
    assert Suppression.objects.get().reason == "complaint"


def test_an_event_beyond_the_programs_limits_is_not_tried_again(
    copy: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint_of("ann@else.example", 1)

    def fails(event: ProviderEvent, now: datetime) -> bool:
        raise OperationalError("index row size") from psycopg.errors.ProgramLimitExceeded()

    monkeypatch.setattr(take, "_take", fails)
    assert take_events(now=NOW).seen == 1
    assert take_events(now=NOW).seen == 0


def test_a_run_ends_with_its_time_and_says_that_more_waits(copy: Delivery) -> None:
    for number in range(3):
        complaint_of("stranger@else.example", number)
    assert take_events(now=NOW, seconds=0) == take.TakenEvents(0, 0)
    assert take_events(now=NOW, limit=2) == take.TakenEvents(2, 0, is_full=True)
    assert take_events(now=NOW, limit=2) == take.TakenEvents(1, 0)


@pytest.mark.django_db(transaction=True)
def test_an_event_that_fails_as_it_is_committed_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene.running_edition(1, now=NOW)
    Delivery.objects.update(state=State.SENT, sent_at=NOW)
    bad = complaint_of("ann@else.example", 1)
    complaint_of(Subscription.objects.get().address.value, 2)
    whole = take._take

    def breaks(event: ProviderEvent, now: datetime) -> bool:
        if event.pk == bad.pk:
            # PostgreSQL looks at foreign keys as the transaction ends.
            return bool(Subscription.objects.update(address_id=999_999))
        return whole(event, now)

    monkeypatch.setattr(take, "_take", breaks)
    assert take_events(now=NOW) == take.TakenEvents(2, 1)
    assert Suppression.objects.get().reason == "complaint"
    assert not ProviderEvent.objects.filter(processed_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_two_takers_share_the_inbox_and_count_nothing_twice() -> None:
    scene.running_edition(2, now=NOW)
    Delivery.objects.update(state=State.SENT, sent_at=NOW)
    readers = [each.address.value for each in Subscription.objects.order_by("pk")]
    for number in range(40):
        ordered = readers if number % 2 else readers[::-1]
        body = {"eventType": "Complaint", "mail": {}, "complaint": {
            "complainedRecipients": [{"emailAddress": each} for each in ordered]}}  # fmt: skip
        ProviderEvent.objects.create(
            provider="ses", event_id=str(number), body=body, received_at=NOW
        )
    start, done = Barrier(2), []

    def run() -> None:
        try:
            start.wait(20)
            done.append(take_events(now=NOW))
        finally:
            connections.close_all()

    takers = [Thread(target=run) for _ in range(2)]
    for each in takers:
        each.start()
    for each in takers:
        each.join(60)
    assert sum(each.seen for each in done) == 40
    assert not ProviderEvent.objects.filter(processed_at=None).exists()
    assert Suppression.objects.count() == 2
    assert Consent.objects.filter(act="withdrawn").count() == 2


@pytest.mark.parametrize(("kind", "reason"), [(Kind.HARD_BOUNCE, "bounce"), (Kind.LEFT, "reader")])
def test_a_report_that_only_names_the_mailbox_still_counts(
    copy: Delivery, kind: Kind, reason: str
) -> None:
    reader = Subscription.objects.get().address.value
    assert apply(Report(kind, recipient=reader.upper()), MAIL, now=NOW)
    assert Suppression.objects.get().reason == reason


def test_a_report_about_a_stranger_changes_nothing(copy: Delivery) -> None:
    for recipient in ("nobody@else.example", "not an address", ""):
        assert not apply(Report(Kind.COMPLAINT, recipient=recipient), MAIL, now=NOW)


@pytest.fixture
def server(transactional_db: None, settings: Settings) -> Iterator[ReturnServer]:
    settings.DIGEST_COMPLAINTS_ADDRESS = "complaints@meridian.example"
    opened = ReturnServer("127.0.0.1", free_port(24240), lmtp=True)
    opened.start()
    yield opened
    opened.stop()


@pytest.mark.django_db(transaction=True)
def test_the_server_takes_only_what_is_ours(server: ReturnServer, settings: Settings) -> None:
    send = scene.running_edition(1, now=NOW)
    Delivery.objects.update(state=State.SENT, sent_at=NOW)
    copy = Delivery.objects.get(send_id=send.pk)
    ours = path(copy, settings)
    with smtplib.LMTP(server.hostname, server.port) as client:
        client.ehlo("mx.example")
        client.mail("")
        for stranger in ("a@elsewhere.example", "bounces+1-2-aaaaaaaaaaaa@meridian.example"):
            assert client.rcpt(stranger)[0] == 550
        assert client.rcpt(ours)[0] == 250
        assert client.rcpt("complaints@meridian.example")[0] == 452, "one reply, one recipient"
        code, _ = client.data(dsn(ours) + b"x" * 300_000 + b"\r\n")
        assert code == 250, "lines may be long"
        client.mail("")
        assert client.rcpt("complaints@meridian.example")[0] == 250
    assert ProviderEvent.objects.get().body["null_sender"] is True
    assert take_events(now=NOW).used == 1
    assert outcome() == Outcome.HARD_BOUNCE


def test_a_maildir_is_emptied(copy: Delivery, settings: Settings, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.a.host").write_bytes(dsn(path(copy, settings)))
    settings.DIGEST_RETURNS_MAILDIR = str(tmp_path)
    assert pickup.pick_up().mails == 1
    assert not list((tmp_path / "new").iterdir())
    take_events(now=NOW)
    assert outcome() == Outcome.HARD_BOUNCE


def nested(levels: int) -> bytes:
    parts = [b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (at, at)
             for at in range(levels)]  # fmt: skip
    return b"From: a@b.example\r\n" + b"".join(parts)


def test_one_mail_that_cannot_be_read_blocks_no_maildir(db: None, tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.gone.host").symlink_to(tmp_path / "nowhere")
    (tmp_path / "new" / "2.deep.host").write_bytes(nested(1_200))
    (tmp_path / "new" / "3.good.host").write_bytes(b"From: a@b.example\r\n\r\nhi")
    assert pickup.from_maildir(tmp_path).mails == 2
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["1.gone.host"]
    assert ProviderEvent.objects.count() == 2


def test_a_mail_that_was_not_fetched_stays_in_its_mailbox(db: None) -> None:
    server = ImapServer([b"From: a\r\n\r\nfirst", nested(1_200), b"From: c\r\n\r\nthird"])
    server.unreadable = {1}
    try:
        assert pickup.from_imap(server.url).mails == 2
        assert list(server.mails) == [1] and not server.deleted & {1}
        server.unreadable = set()
        assert pickup.from_imap(server.url).mails == 1
    finally:
        server.close()
    assert ProviderEvent.objects.count() == 3


def test_a_mailbox_is_signed_in_to_only_under_a_certificate_that_holds(
    db: None, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ImapServer([b"From: a\r\n\r\nhi"], context=test_email_tls.context_of(certificate))
    url = server.url.replace("127.0.0.1", "localhost")
    # On loopback nothing is encrypted otherwise.
    monkeypatch.setattr(pickup, "_is_loopback", lambda host: False)
    try:
        with pytest.raises(pickup.CannotPickUp, match=r"(?i)certificate"):
            pickup.from_imap(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        assert pickup.from_imap(url).mails == 1
    finally:
        server.close()


def test_tls_from_the_first_byte_wants_a_certificate_that_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[ssl.SSLContext] = []

    def connect(*args: object, ssl_context: ssl.SSLContext, **options: object) -> None:
        given.append(ssl_context)
        raise OSError("far enough")

    monkeypatch.setattr(pickup.imaplib, "IMAP4_SSL", connect)
    with pytest.raises(pickup.CannotPickUp, match="far enough"):
        pickup.from_imap("imaps://a:b@mail.example/INBOX")
    assert given[0].verify_mode == ssl.CERT_REQUIRED and given[0].check_hostname


def test_a_folder_that_is_no_maildir_is_told(tmp_path: Path) -> None:
    with pytest.raises(pickup.CannotPickUp, match="DIGEST_RETURNS_MAILDIR"):
        pickup.from_maildir(tmp_path)


def test_an_imap_mailbox_is_emptied(copy: Delivery, settings: Settings) -> None:
    server = ImapServer([dsn(path(copy, settings)), dsn(path(copy, settings), status="5.2.2")])
    try:
        assert pickup.from_imap(server.url).mails == 2
        assert server.mails == {}
        with pytest.raises(pickup.CannotPickUp, match="wrong name"):
            pickup.from_imap(server.url.replace("digest:", "stranger:"))
        with pytest.raises(pickup.CannotPickUp, match="no folder"):
            pickup.from_imap(server.url.replace("INBOX", "Elsewhere"))
    finally:
        server.close()
    assert take_events(now=NOW).seen == 2
    assert outcome() == Outcome.HARD_BOUNCE


@pytest.mark.parametrize("url", ["imaps://host/INBOX", "https://a:b@host/", "imap://"])
def test_an_imap_url_that_cannot_be_used_is_told(url: str) -> None:
    with pytest.raises(pickup.CannotPickUp, match="imaps://user:password@host/INBOX"):
        pickup.from_imap(url)
