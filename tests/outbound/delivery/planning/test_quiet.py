"""Who gave no sign for long is asked once, kept by one press, let go without answer, given back."""

import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from digest.audience.core import tokens
from digest.audience.core.pauses import UNTIL_ENDED
from digest.audience.leaving.unsubscribe import leaving
from digest.audience.lists import export
from digest.audience.models import consents
from digest.audience.models.consents import Circumstances
from digest.audience.notes.handing import hand_over
from digest.audience.notes.quiet import ask_quiet, let_go, take_back
from digest.audience.preferring import own_links
from digest.checks import quiet_readers_are_paused_or_let_go
from digest.kit.sql import now
from digest.models import (
    Address,
    AuditEntry,
    Consent,
    Delivery,
    FollowedLink,
    Newsletter,
    Note,
    NoteBatch,
    Send,
    Subscriber,
    Subscription,
)
from digest.outbound.channels.base import Rejected
from digest.outbound.delivery.followed.settle import settle
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.notes import arrived, had_since
from digest.outbound.delivery.planning.plan import plan_missing
from digest.outbound.delivery.sending.send import send_some
from digest.staff.access import Role
from tests.scenes import scene
from tests.scenes.scripted import Scripted
from tests.web import desk_day
from workers.outbound import notes
from workers.queues import ROUTES
from workers.schedule import TICKS

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = timedelta(days=400)
FIVE_WEEKS = timedelta(weeks=5)


@pytest.fixture
def newsletter(settings: Any) -> Newsletter:
    settings.DIGEST_QUIET_MONTHS, settings.DIGEST_QUIET_WEEKS = 12, 4
    return scene.newsletter()


def quiet(newsletter: Newsletter, value: str = "ann@example.org", locale: str = "en") -> Address:
    """Somebody who signed up long ago and gave no sign since."""
    wish = scene.reader(newsletter, value, now=now() - LONG_AGO)
    Subscriber.objects.filter(pk=wish.subscriber_id).update(locale=locale)
    return Address.objects.get(pk=wish.address_id)


def ask(channel: Scripted | None = None) -> Scripted:
    """What the worker does: look for them, hand over, send."""
    channel, moment = channel or Scripted(), now()
    ask_quiet(now=moment, channels=["email"])
    hand_over(now=moment, had_since=had_since, channels=["email"])
    for send_id in plan_missing(now=moment, kinds={Send.Kind.ASK}).send_ids:
        fan_out(send_id, now=moment)
        send_some(send_id, channel=channel)
    return channel


def preferences_link(address: Address) -> str:
    return f"/preferences/{own_links.token_of(address.pk)}"


def pause_or_end(later: timedelta = FIVE_WEEKS) -> tuple[int, int]:
    done = let_go(now=now() + later, arrived=arrived)
    return done.let_go, done.answered


def test_nobody_is_asked_unless_the_newsroom_says_so(newsletter: Newsletter, settings: Any) -> None:
    settings.DIGEST_QUIET_MONTHS = 0
    quiet(newsletter)
    assert ask().copies == []
    assert pause_or_end() == (0, 0)


def test_each_is_asked_once_in_their_language_with_one_button(newsletter: Newsletter) -> None:
    quiet(newsletter)
    quiet(newsletter, "fr@example.org", "fr")
    scene.reader(newsletter, "new@example.org", now=now())
    asked = {copy.to.value: copy for copy in ask().copies}
    assert sorted(asked) == ["ann@example.org", "fr@example.org"]
    assert asked["ann@example.org"].words.fields["subject"] == (
        "Do you still want mail from " + asked["ann@example.org"].words.fields["list_name"] + "?"
    )
    assert "Oui, continuez" in asked["fr@example.org"].words.fields["html"]
    assert "/keep/" in asked["fr@example.org"].links.confirm
    assert ask().copies == []


def test_however_many_workers_look_each_is_asked_once(newsletter: Newsletter) -> None:
    for number in range(20):
        quiet(newsletter, f"{number}@example.org")
    moment, barrier = now(), threading.Barrier(4)

    def work(_: int) -> int:
        try:
            barrier.wait(timeout=20)
            return ask_quiet(now=moment, channels=["email"])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(work, range(4)))
    assert sum(asked) + ask_quiet(now=moment, channels=["email"]) == 20
    assert Note.objects.values("address").distinct().count() == Note.objects.count() == 20


def test_two_workers_let_go_once_and_it_can_be_given_back(newsletter: Newsletter) -> None:
    address = quiet(newsletter)
    ask()
    later = now() + FIVE_WEEKS

    def meanwhile(batch: int, addresses: Collection[int]) -> set[int]:
        """Another worker is through before this one begins to write."""
        let_go(now=later, arrived=arrived)
        return arrived(batch, addresses)

    assert let_go(now=later, arrived=meanwhile).let_go == 0
    assert take_back(NoteBatch.objects.get().pk, now=later) == 1
    assert Subscription.objects.get(address=address).state == "active"


def test_the_button_keeps_everything_and_looking_changes_nothing(
    newsletter: Newsletter, client: Client
) -> None:
    address = quiet(newsletter)
    (copy,) = ask().copies
    path = "/keep/" + copy.links.confirm.rpartition("/")[2]
    page = client.get(path)
    assert page.status_code == 200 and "Yes, keep it coming" in page.content.decode()
    assert Note.objects.get().answered_at is None
    done = client.post(path, follow=True).content.decode()
    assert "Thank you. Everything stays as it is." in done
    assert pause_or_end() == (0, 0)
    assert Subscription.objects.get(address=address).state == "active"
    assert ask().copies == []
    assert client.get("/keep/made-up").status_code == 404


def test_a_pause_for_silence_has_no_date_anywhere_it_is_shown(
    newsletter: Newsletter, client: Client
) -> None:
    address = quiet(newsletter)
    ask()
    assert pause_or_end() == (1, 0)
    wish = Subscription.objects.get(address=address)
    token = preferences_link(address)
    words = "Paused until you begin it again"
    own = client.get(token).content.decode()
    assert own.count(words) >= 2 and "9999" not in own and "January" not in own
    leave = client.get("/unsubscribe/" + tokens.unsubscribe_token(settings.SECRET_KEY, wish.pk))
    assert words in leave.content.decode() and "9999" not in leave.content.decode()
    (row,) = export.rows()
    assert row[-1] == "open" and dict(zip(export.COLUMNS, row, strict=True))["newsletters"]
    told = export.person(address.pk)
    assert told and told["addresses"][0]["subscriptions"][0]["paused_until"] == "open"
    client.force_login(desk_day.member("Vera Lind", Role.CHIEF))
    desk = client.get(f"/desk/readers/{address.subscriber.public_id}/").content.decode()
    assert "until the reader ends it" in desk and "9999" not in desk
    # Changing the hour ends no pause and gives it no date; what begins meanwhile rests with it.
    client.post(
        token,
        {"do": "save", "was": "newsletters:top-reads", "newsletters": "top-reads", "alerts": "on",
         "rhythm": "daily", "hour": "08:00", "zone": "UTC"},
    )  # fmt: skip
    rows = Subscription.objects.values_list("alerts", "state", "paused_until")
    assert set(rows) == {(alerts, "paused", UNTIL_ENDED) for alerts in (False, True)}


@pytest.mark.parametrize(("then", "state"), [("pause", "paused"), ("end", "ended")])
def test_without_an_answer_it_is_let_go_as_set_audited_and_given_back(
    newsletter: Newsletter, settings: Any, then: str, state: str
) -> None:
    settings.DIGEST_QUIET_THEN = then
    address = quiet(newsletter)
    ask()
    assert pause_or_end(timedelta(weeks=3)) == (0, 0)
    assert pause_or_end() == (1, 0)
    assert Subscription.objects.get(address=address).state == state
    assert pause_or_end() == (0, 0)
    entry = AuditEntry.objects.get(verb="let go")
    assert entry.detail == {"readers": 1, "how": then}
    assert Consent.objects.latest("pk").place == "the newsroom's rule for readers who give no sign"
    call_command("quiet", "undo", str(NoteBatch.objects.get().pk))
    kept = Subscription.objects.get(address=address)
    assert (kept.state, kept.ended_reason, kept.ended_at) == ("active", "", None)
    assert AuditEntry.objects.latest("pk").verb == "took back"
    assert pause_or_end() == (0, 0)


def test_a_late_press_ends_the_pause_and_of_what_ended_says_so(
    newsletter: Newsletter, settings: Any, client: Client
) -> None:
    address = quiet(newsletter)
    (copy,) = ask().copies
    pause_or_end()
    path = "/keep/" + copy.links.confirm.rpartition("/")[2]
    client.post(path)
    assert Subscription.objects.get(address=address).state == "active"
    Subscription.objects.update(state="ended", ended_at=now(), ended_reason="quiet")
    assert "You can sign up again." in client.get(path).content.decode()


def test_any_sign_meanwhile_counts_as_an_answer(newsletter: Newsletter) -> None:
    address = quiet(newsletter)
    ask()
    consents.record(
        Consent.Act.CHANGED, address, ["Top reads"], now=now(), at=Circumstances("/preferences")
    )
    assert pause_or_end() == (0, 1)
    assert Subscription.objects.get(address=address).state == "active"


def followed(address: Address, *, by_machine: bool = False) -> None:
    """A counted link of theirs was followed a while after the delivery, and judged."""
    moment = now() - timedelta(minutes=5)
    FollowedLink.objects.create(
        send_id=0, address=address, link="x", at=moment, by_machine=by_machine
    )
    settle(now=now())


def test_a_counted_click_of_a_person_is_a_sign_before_and_after_the_question(
    newsletter: Newsletter,
) -> None:
    reads, asked, machine = (
        quiet(newsletter, f"{name}@example.org") for name in ("reads", "asked", "machine")
    )
    followed(reads)
    ask()
    assert set(Note.objects.values_list("address", flat=True)) == {asked.pk, machine.pk}
    followed(asked)
    followed(machine, by_machine=True)
    assert pause_or_end() == (1, 1)
    assert Subscription.objects.get(state="paused").address_id == machine.pk
    told = export.person(reads.pk)
    assert told and told["addresses"][0]["last_day_of_a_counted_click"] == f"{now().date()}"


def test_no_day_of_a_click_is_kept_where_nobody_is_asked(
    newsletter: Newsletter, settings: Any
) -> None:
    settings.DIGEST_QUIET_MONTHS = 0
    reads = quiet(newsletter)
    followed(reads)
    reads.refresh_from_db()
    assert reads.seen_on is None


def test_a_question_that_never_arrived_lets_nobody_go(newsletter: Newsletter) -> None:
    address = quiet(newsletter)
    ask(Scripted(default=Rejected("5.7.1 no", 550, permanent=True)))
    assert Delivery.objects.get().state == Delivery.State.FAILED
    assert pause_or_end() == (0, 0)
    assert Subscription.objects.get(address=address).state == "active"
    assert Note.objects.get().reason == "The question did not arrive."


def test_one_click_in_it_leaves_everything(newsletter: Newsletter) -> None:
    other = scene.newsletter(slug="other", name="Evening")
    address = quiet(newsletter)
    Subscription.objects.create(
        subscriber=address.subscriber, address=address, newsletter=other, state="active",
        created_at=now() - LONG_AGO, confirmed_at=now() - LONG_AGO,
    )  # fmt: skip
    (copy,) = ask().copies
    told = leaving(copy.links.unsubscribe.rpartition("/")[2])
    assert told.names == ("Evening", "Top reads") and told.others == ()


def test_who_left_by_themselves_is_not_brought_back(newsletter: Newsletter, settings: Any) -> None:
    address = quiet(newsletter)
    ask()
    pause_or_end()
    Subscription.objects.update(state="ended", ended_at=now(), ended_reason="reader")
    assert take_back(NoteBatch.objects.get().pk, now=now(), who="test") == 0
    assert Subscription.objects.get(address=address).ended_reason == "reader"


def test_the_key_of_one_page_opens_no_other() -> None:
    token = tokens.keep_token("k", 7)
    assert tokens.read_keep("k", token) == 7
    for read in (tokens.read_preferences, tokens.read_unsubscribe, tokens.read_confirm):
        with pytest.raises(tokens.BadToken):
            read("k", token)


@pytest.mark.parametrize(("word", "found"), [("pause", 0), ("end", 0), ("", 1), ("delete", 1)])
def test_a_word_for_what_becomes_of_them_that_means_nothing_is_refused(
    word: str, found: int, settings: Any
) -> None:
    settings.DIGEST_QUIET_THEN = word
    assert len(quiet_readers_are_paused_or_let_go(None)) == found


def test_the_workers_own_task_asks_and_plans(newsletter: Newsletter) -> None:
    quiet(newsletter)
    notes()
    send = Send.objects.get(kind=Send.Kind.ASK)
    fan_out(send.pk, now=now())
    channel = Scripted()
    send_some(send.pk, channel=channel)
    assert [copy.to.value for copy in channel.copies] == ["ann@example.org"]
    notes()
    assert Send.objects.filter(kind=Send.Kind.ASK).count() == 1
    assert ROUTES["outbound.notes"] and [each for each in TICKS if each.task == "outbound.notes"]
