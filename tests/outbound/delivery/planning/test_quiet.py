"""Who gave no sign for long is asked once, kept by one press, let go without answer, given back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from digest.audience.core import tokens
from digest.audience.leaving.unsubscribe import leaving
from digest.audience.models import consents
from digest.audience.models.consents import Circumstances
from digest.audience.notes.handing import hand_over
from digest.audience.notes.quiet import ask_quiet, let_go, take_back
from digest.checks import quiet_readers_are_paused_or_let_go
from digest.kit.sql import now
from digest.models import (
    Address,
    AuditEntry,
    Consent,
    Delivery,
    Newsletter,
    Note,
    NoteBatch,
    Send,
    Subscriber,
    Subscription,
)
from digest.outbound.channels.base import Rejected
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.notes import arrived, had_since
from digest.outbound.delivery.planning.plan import plan_missing
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.scripted import Scripted

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
