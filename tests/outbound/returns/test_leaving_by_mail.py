"""Who leaves by mail, as a mail program does that knows no one click, is gone as by the link."""

import smtplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from digest.audience.core import tokens
from digest.kit.supervise import free_port
from digest.models import Consent, ProviderEvent, Subscription, Suppression
from digest.outbound.channels import registry
from digest.outbound.channels.email import verp
from digest.outbound.channels.email.channel import EmailConfig
from digest.outbound.channels.email.mime import template
from digest.outbound.channels.email.reports import bounce
from digest.outbound.channels.rendering import render_confirmation, render_edition
from digest.outbound.channels.report import Kind
from digest.outbound.returns import receive
from digest.outbound.returns.server import ReturnServer
from digest.outbound.returns.take import take_events
from tests.audience.conftest import NOW, Newsroom, newsroom
from tests.outbound.channels.test_mime import DATE, SENDER
from tests.outbound.returns.returned import plain_mail
from tests.outbound.samples import CONFIRM_THIS, EDITION, LINKS, NEWSROOM, copy_of

__all__ = ["newsroom"]
SECRET = "secret"
LEAVES = replace(SENDER, leaving_secret=SECRET)
WITH_NAME = replace(LINKS, leaving="s1a")


def place(name: str) -> str:
    return verp.leaving_address(
        name, django_settings.DIGEST_LIST_DOMAIN, django_settings.SECRET_KEY
    )


def name_of(chosen: Subscription) -> str:
    return tokens.leaving_name(chosen.pk)


def write(name: str, **how: str) -> int:
    mail = plain_mail("please", **how)
    receive.receive(mail, [place(name)], null_sender=False, now=NOW)
    return take_events(now=NOW + timedelta(seconds=1)).used


def living() -> list[str]:
    return sorted(each.name for each in Subscription.objects.exclude(state="ended"))


def test_the_header_offers_both_ways_and_one_click_stays() -> None:
    words_ = render_edition(EDITION, "email", NEWSROOM)
    made = template(words_, LEAVES).copy(copy_of(words=words_, links=WITH_NAME), DATE)
    message = message_from_bytes(made, policy=default)
    link, _, other = str(message["List-Unsubscribe"]).partition(", ")
    assert link == f"<{LINKS.unsubscribe}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    parts = urlsplit(other.strip("<>"))
    assert (parts.scheme, parse_qs(parts.query)) == ("mailto", {"subject": ["unsubscribe"]})
    assert verp.leaving_of(parts.path, SECRET) == "s1a"
    assert b"\r\nList-Unsubscribe: <https" in made and len(parts.path.partition("@")[0]) <= 64


def test_nobody_is_sent_to_a_mailbox_that_nobody_reads(settings: Settings) -> None:
    words_ = render_edition(EDITION, "email", NEWSROOM)
    for name in ("BIND", "MAILDIR", "IMAP_URL"):
        setattr(settings, f"DIGEST_RETURNS_{name}", "")
    sender = EmailConfig.of(registry.config("email", settings)).sender
    made = template(words_, sender).copy(copy_of(words=words_, links=WITH_NAME), DATE)
    assert b"mailto:" not in made
    settings.DIGEST_RETURNS_MAILDIR = "/var/mail/returns"
    assert (
        EmailConfig.of(registry.config("email", settings)).sender.leaving_secret
        == settings.SECRET_KEY
    )


def test_a_confirmation_belongs_to_no_list() -> None:
    words_ = render_confirmation(CONFIRM_THIS, "email", NEWSROOM)
    assert b"List-Unsubscribe" not in template(words_, LEAVES).copy(copy_of(words=words_), DATE)


@pytest.mark.django_db
def test_a_mail_ends_what_the_readers_mail_came_with_and_nothing_else(newsroom: Newsroom) -> None:
    newsroom.reader(topics=("korea",), newsletters=("morning",))
    chosen = Subscription.objects.get(newsletter=newsroom.morning)
    assert write(name_of(chosen)) == 1
    assert living() == ["Korean peninsula relations"]
    chosen.refresh_from_db()
    assert (chosen.state, chosen.ended_reason) == ("ended", "reader")
    assert not Suppression.objects.exists()
    proof = Consent.objects.filter(act="withdrawn").get()
    assert (proof.place, proof.subject) == ("Email: left by mail", ["Morning briefing"])
    assert write(name_of(chosen), headers="X-Again: yes\r\n") == 0, "twice does it once"


@pytest.mark.django_db
def test_a_digest_is_left_as_a_whole(newsroom: Newsroom) -> None:
    address = newsroom.reader(topics=("korea", "trade"), newsletters=("morning",))
    write(tokens.leaving_name(schedule_id=address.schedules.get().pk))
    assert living() == ["Morning briefing"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "how",
    [
        {"headers": "Auto-Submitted: auto-replied\r\n"},
        {"sender": "Mail Delivery System <MAILER-DAEMON@mx.example>"},
        {"headers": "Precedence: auto_reply\r\n"},
    ],
    ids=["vacation", "host", "answering"],
)
def test_a_machine_that_answers_ends_nothing(newsroom: Newsroom, how: dict[str, str]) -> None:
    newsroom.reader()
    assert write(name_of(Subscription.objects.get()), **how) == 0
    assert living() == ["Korean peninsula relations"]


@pytest.mark.parametrize(
    "address",
    [
        "bounces+leave-s1-aaaaaaaaaaaa@meridian.example", "bounces+leave-s1@meridian.example",
        "bounces+leave-@meridian.example", "leave@meridian.example",
    ],
)  # fmt: skip
def test_an_address_that_we_did_not_sign_ends_nothing(address: str) -> None:
    found = bounce.read(plain_mail("x"), [address], secret=SECRET, null_sender=False)
    assert not any(each.kind is Kind.UNSUBSCRIBED for each in found.reports)
    other = verp.leaving_address("s1", "meridian.example", "another secret")
    assert verp.leaving_of(other, SECRET) is None
    assert verp.leaving_of(verp.envelope_sender("1-2", "meridian.example", SECRET), SECRET) is None


def test_the_case_of_an_address_means_nothing() -> None:
    ours = verp.leaving_address("s1", "meridian.example", SECRET)
    assert verp.leaving_of(ours.upper(), SECRET) == "s1"


@pytest.mark.django_db
def test_a_reader_who_is_gone_is_no_error(newsroom: Newsroom) -> None:
    newsroom.reader()
    name = name_of(Subscription.objects.get())
    Subscription.objects.all().delete()
    assert write(name) == 0


@pytest.fixture
def server(transactional_db: None) -> Iterator[ReturnServer]:
    opened = ReturnServer("127.0.0.1", free_port(24260), lmtp=True)
    opened.start()
    yield opened
    opened.stop()


@pytest.mark.django_db(transaction=True)
def test_the_server_takes_such_mail(server: ReturnServer) -> None:
    with smtplib.LMTP(server.hostname, server.port) as client:
        client.sendmail("ann@elsewhere.example", [place("s1")], plain_mail("bye"))
    assert ProviderEvent.objects.get().body["null_sender"] is False
