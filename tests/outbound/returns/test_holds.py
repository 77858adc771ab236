"""A jump of hard bounces at one site: held for an editor, nobody shut out meanwhile."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from pytest_django import Settings

from digest.kit.clock import now
from digest.models import (
    Address,
    AuditEntry,
    BounceHold,
    Delivery,
    HardBounce,
    Subscription,
    Suppression,
)
from digest.outbound.channels.email.spec import SPEC as MAIL
from digest.outbound.channels.report import Kind, Report
from digest.outbound.returns import holds
from digest.outbound.returns.core.bounce_jump import LEAST, WINDOW, is_jump, site_of
from digest.outbound.returns.take import apply
from tests.scenes import scene
from tests.web import desk_day

NOW = now()
SITE = "readers.example"
Decision = BounceHold.Decision


def sent_to(count: int) -> list[Delivery]:
    scene.running_edition(count, now=NOW)
    Delivery.objects.update(state=Delivery.State.SENT, sent_at=NOW)
    return list(Delivery.objects.order_by("address_id"))


def bounce(copy: Delivery, at: object = None, **fields: object) -> bool:
    words = f"550 5.1.1 <reader{copy.address_id}@{SITE}> no such user"
    report = Report(Kind.HARD_BOUNCE, f"{copy.send_id}-{copy.address_id}", words=words, **fields)
    return apply(report, MAIL, now=at or NOW)


def shut_out() -> int:
    return Suppression.objects.count()


@pytest.mark.parametrize(
    ("recent", "usual", "readers", "jump"),
    [
        (9, 0, 9, False),
        (10, 0, 10, True),
        (10, 2, 10, True),
        (10, 3, 10, False),
        (12, 3, 10, True),
        (10, 0, 1_000, True),
        (10, 0, 1_001, False),
        (990, 0, 100_000, False),
        (1_000, 250, 100_000, True),
    ],
)
def test_what_is_a_jump(recent: int, usual: int, readers: int, jump: bool) -> None:
    assert is_jump(recent, usual=usual, readers=readers) is jump


@pytest.mark.parametrize(
    ("domain", "host", "site"),
    [
        ("Readers.Example", "", "readers.example"),
        ("paper.example", "paper-example.mail.protection.outlook.com", "outlook.com"),
        ("hotmail.com", "", "outlook.com"),
        ("gmail.com", "gmail-smtp-in.l.google.com.", "google.com"),
        ("gmail.com", "", "google.com"),
        ("paper.example", "mx.paper.example", "paper.example"),
        ("paper.example", "not a host", "paper.example"),
    ],
)
def test_the_site_is_who_keeps_the_mail(domain: str, host: str, site: str) -> None:
    assert site_of(domain, host) == site


@pytest.mark.django_db
def test_a_jump_at_one_site_shuts_nobody_out() -> None:
    copies = sent_to(LEAST + 5)
    for copy in copies[: LEAST - 1]:
        assert bounce(copy)
    assert shut_out() == LEAST - 1, "a few are the readers' own"
    bounce(copies[LEAST - 1])
    assert shut_out() == 0, "what the jump had shut is given back"
    assert Subscription.objects.filter(state="active").count() == LEAST + 5
    assert bounce(copies[LEAST])
    assert not bounce(copies[LEAST]) or shut_out() == 0
    hold = BounceHold.objects.get()
    assert (hold.site, hold.decision, hold.readers) == (SITE, "", LEAST + 5)
    assert HardBounce.objects.filter(hold=hold, shut_at=None).count() == LEAST + 1
    assert not HardBounce.objects.filter(words__contains="@").exists()
    assert Delivery.objects.filter(outcome=Delivery.Outcome.HARD_BOUNCE).count() == LEAST + 1
    assert AuditEntry.objects.get().verb == "hold bounces"


@pytest.mark.django_db
def test_an_editor_says_that_they_are_gone() -> None:
    copies = sent_to(LEAST + 1)
    for copy in copies[:LEAST]:
        bounce(copy)
    hold, editor = BounceHold.objects.get(), desk_day.member()
    assert holds.carry_out(now=NOW) == 0
    assert holds.decide(hold.pk, Decision.SHUT, now=NOW, member=editor)
    assert not holds.decide(hold.pk, Decision.FORGET, now=NOW, member=editor), "once"
    assert holds.carry_out(now=NOW, limit=4) == 4
    assert holds.carry_out(now=NOW) == LEAST - 4
    assert holds.carry_out(now=NOW) == 0
    assert shut_out() == LEAST
    bounce(copies[LEAST])
    assert shut_out() == LEAST + 1, "and is not asked again about the same site"


@pytest.mark.django_db
def test_an_editor_says_that_it_was_our_fault() -> None:
    copies = sent_to(2 * LEAST)
    for copy in copies[:LEAST]:
        bounce(copy)
    editor = desk_day.member()
    assert holds.decide(BounceHold.objects.get().pk, Decision.FORGET, now=NOW, member=editor)
    assert (holds.carry_out(now=NOW), shut_out()) == (0, 0)
    bounce(copies[LEAST])
    assert shut_out() == 1, "later ones count anew"
    for copy in copies[LEAST + 1 :]:
        bounce(copy)
    assert shut_out() == 0 and BounceHold.objects.filter(decision="").count() == 1


@pytest.mark.django_db
def test_bounces_over_days_are_no_jump() -> None:
    copies = sent_to(2 * LEAST)
    for number, copy in enumerate(copies):
        bounce(copy, at=NOW + number * WINDOW / 4)
    assert shut_out() == 2 * LEAST and not BounceHold.objects.exists()


@pytest.mark.django_db
def test_a_pause_and_a_complaint_outlive_a_hold() -> None:
    copies = sent_to(LEAST)
    until = NOW + timedelta(days=9)
    paused = Subscription.objects.filter(address_id=copies[0].address_id)
    paused.update(state="paused", paused_until=until)
    for copy in copies[:-1]:
        bounce(copy)
    complained = copies[1]
    key = f"{complained.send_id}-{complained.address_id}"
    apply(Report(Kind.COMPLAINT, key), MAIL, now=NOW)
    bounce(copies[-1])
    row = paused.get()
    assert (row.state, row.paused_until) == ("paused", until)
    assert Suppression.objects.get().reason == "complaint"
    assert Subscription.objects.get(address_id=complained.address_id).state == "ended"


@pytest.mark.django_db
def test_soft_bounces_that_add_up_at_once_are_held_too(settings: Settings) -> None:
    """A relay that is blocked for a week must not shut out everybody behind the site."""
    settings.DIGEST_SOFT_BOUNCES = 1
    for copy in sent_to(LEAST):
        key = f"{copy.send_id}-{copy.address_id}"
        apply(Report(Kind.SOFT_BOUNCE, key, words="552 full"), MAIL, now=NOW)
    assert shut_out() == 0 and BounceHold.objects.exists()


@pytest.mark.django_db
def test_what_is_said_of_us_adds_up_to_nothing(settings: Settings) -> None:
    settings.DIGEST_SOFT_BOUNCES = 1
    (copy,) = sent_to(1)
    key = f"{copy.send_id}-{copy.address_id}"
    assert apply(Report(Kind.SOFT_BOUNCE, key, words="blocked", is_about_us=True), MAIL, now=NOW)
    assert Delivery.objects.get().outcome == Delivery.Outcome.SOFT_BOUNCE and shut_out() == 0
    assert apply(Report(Kind.SOFT_BOUNCE, key, words="full"), MAIL, now=NOW)
    assert shut_out() == 1


@pytest.mark.django_db(transaction=True)
def test_bounces_that_come_at_once_open_one_hold() -> None:
    copies = sent_to(2 * LEAST)
    start = Barrier(2)

    def run(mine: list[Delivery]) -> None:
        try:
            start.wait(20)
            for copy in mine:
                bounce(copy)
        finally:
            connections.close_all()

    takers = [Thread(target=run, args=(copies[at::2],)) for at in range(2)]
    for each in takers:
        each.start()
    for each in takers:
        each.join(60)
    assert BounceHold.objects.count() == 1 and shut_out() == 0
    assert HardBounce.objects.count() == 2 * LEAST


@pytest.mark.django_db
def test_an_erased_reader_is_not_noted() -> None:
    (copy,) = sent_to(1)
    Address.objects.all().delete()
    bounce(copy)
    assert not HardBounce.objects.exists() and shut_out() == 0
