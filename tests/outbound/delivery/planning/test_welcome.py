"""A welcome goes once, at once, through the ledger, and one click in it leaves what it is about."""

from datetime import timedelta

import pytest

from digest.audience.joining.by_act import join_by_act
from digest.audience.joining.confirm import confirm
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.leaving.erase import erase
from digest.audience.leaving.unsubscribe import leaving, unsubscribe
from digest.audience.lists.import_readers import import_csv
from digest.kit.sql import now
from digest.models import Address, Delivery, Edition, Message, Note, Send, Subscription, Topic
from digest.outbound.channels.email.mime import MimeSender, template
from digest.outbound.delivery.figures.history import sent_to
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_missing
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.messages import hours
from digest.outbound.messages.message import Copy
from tests.audience.conftest import KINDS, confirm_link
from tests.scenes import scene
from tests.scenes.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)


def reader(value: str = "ann@example.org", hours_ago: int = 0, **wish: object) -> Address:
    """Somebody who signed up for ``wish`` and confirmed."""
    moment = now() - timedelta(hours=hours_ago)
    signed = subscribe(SignUp("email", value, **wish), now=moment)  # type: ignore[arg-type]
    assert signed.address_id is not None
    confirm(confirm_link(signed.address_id), now=moment)
    return Address.objects.get(pk=signed.address_id)


def welcomes() -> list[Copy]:
    """What goes out when a worker looks for welcomes now."""
    channel = Scripted()
    for send_id in plan_missing(now=now(), kinds={Send.Kind.WELCOME}).send_ids:
        fan_out(send_id, now=now())
        send_some(send_id, channel=channel)
    return channel.copies


def token_of(copy: Copy) -> str:
    return copy.links.unsubscribe.rpartition("/")[2]


def test_who_confirms_gets_the_latest_edition_at_once() -> None:
    newsletter = scene.newsletter()
    scene.edition(newsletter, now=now())
    reader(newsletters=("top-reads",))
    (copy,) = welcomes()
    assert copy.words.fields["subject"] == "Welcome to Top reads"
    for part in ("text", "html"):
        assert "Harbour bridge reopens, day 1" in copy.words.fields[part]
        assert "The next one comes on" in copy.words.fields[part]
    send = Send.objects.get(kind="welcome")
    assert (send.lane, send.state) == ("transactional", "done")
    assert Delivery.objects.get(send_id=send.pk).state == Delivery.State.SENT
    assert Note.objects.get().state == "planned"


def test_after_the_days_edition_it_promises_none_at_a_later_hour_of_that_day() -> None:
    """Somebody sent it early, or moved the hour: a date has one edition."""
    moment = now()
    soon = moment + timedelta(minutes=40)
    newsletter = scene.newsletter(local_time=soon.time().replace(second=0, microsecond=0))
    made = scene.edition(newsletter, now=moment).edition
    Edition.objects.filter(pk=made.pk).update(local_date=soon.date())
    reader(newsletters=("top-reads",))
    (copy,) = welcomes()
    told = [hours.moment(soon + timedelta(days=days), "UTC", "en") for days in (0, 1)]
    assert f"The next one comes on {told[1]}." in copy.words.fields["text"].replace("\n", " ")
    assert told[0] not in copy.words.fields["html"]


def test_where_nothing_has_come_out_yet_it_says_when_the_first_comes() -> None:
    scene.newsletter()
    reader(newsletters=("top-reads",))
    (copy,) = welcomes()
    assert "The first one comes on" in copy.words.fields["html"]
    assert "Read on the web" not in copy.words.fields["html"]


def test_all_that_one_form_asked_for_comes_in_one_mail_in_her_language() -> None:
    scene.newsletter()
    Topic.objects.create(slug="korea", name="Korea", names={"fr": "Corée"}, query="korea")
    reader(
        newsletters=("top-reads",), topics=("korea",), alerts=True, locale="fr",
        time_zone="Europe/Paris",
    )  # fmt: skip
    (copy,) = welcomes()
    html = copy.words.fields["html"]
    assert copy.words.language == "fr" and 'lang="fr"' in html
    assert "Top reads" in html and "Corée" in html and "Une alerte arrive quand" in html
    assert "Le premier arrive le" in html and "(Paris)" in html
    assert "Unsubscribe" not in html


def test_confirming_twice_welcomes_once_and_a_later_form_welcomes_to_the_rest_alone() -> None:
    scene.newsletter()
    scene.newsletter(slug="other", name="Evening")
    address = reader(hours_ago=2, newsletters=("top-reads",))
    confirm(confirm_link(address.pk), now=now())
    assert len(welcomes()) == 1
    assert welcomes() == []
    reader(newsletters=("top-reads", "other"))
    (copy,) = welcomes()
    assert copy.words.fields["subject"] == "Welcome to Evening"
    assert Note.objects.count() == 2


def test_lists_that_are_brought_in_and_acts_on_a_channel_itself_are_not_welcomed() -> None:
    scene.newsletter(channels=["email", "telegram"])
    done = import_csv(
        ["address,newsletters\n", "bea@example.org,top-reads\n"],
        kinds=KINDS, basis="They asked.", place="t", now=now(),
    )  # fmt: skip
    assert done.added == 1
    join_by_act(SignUp("telegram", "4711", newsletters=("top-reads",)), act="/start", now=now())
    assert Subscription.objects.filter(state="active").count() == 2
    assert not Note.objects.exists()


def test_a_newsroom_may_do_without(settings: object) -> None:
    settings.DIGEST_WELCOME = False  # type: ignore[attr-defined]
    scene.newsletter()
    reader(newsletters=("top-reads",))
    assert welcomes() == []
    assert not Note.objects.exists()


def test_a_channel_that_carries_no_welcome_leaves_word_of_it() -> None:
    scene.newsletter(channels=["email", "whatsapp"])
    signed = subscribe(SignUp("whatsapp", "+6591234567", newsletters=("top-reads",)), now=now())
    assert signed.address_id is not None
    confirm(confirm_link(signed.address_id), now=now())
    assert welcomes() == []
    note = Note.objects.get()
    assert (note.state, note.reason) == ("dropped", "The channel carries no welcomes.")


def test_one_click_leaves_all_that_it_welcomes_to_and_nothing_else() -> None:
    scene.newsletter()
    scene.newsletter(slug="other", name="Evening")
    reader(hours_ago=2, newsletters=("other",))
    welcomes()
    reader(newsletters=("top-reads",), alerts=True)
    (copy,) = welcomes()
    token = token_of(copy)
    told = leaving(token)
    assert told.names == ("Breaking news", "Top reads") and told.others == ("Evening",)
    assert unsubscribe(token, now=now()).names == ("Breaking news", "Top reads")
    assert unsubscribe(token, now=now()).names == ()
    mail = template(
        copy.words, MimeSender("The Meridian", "n@m.example", "m.example", "", "secret")
    )
    written = mail.copy(copy, "Mon, 23 Nov 2026 12:00:00 +0000", ())
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in written
    assert token.partition(".")[0].encode() in written  # by mail too


def test_who_left_before_it_went_gets_none() -> None:
    newsletter = scene.newsletter()
    address = reader(newsletters=("top-reads",))
    Subscription.objects.filter(address=address, newsletter=newsletter).update(
        state="ended", ended_at=now(), ended_reason="reader"
    )
    assert welcomes() == []
    assert Send.objects.get(kind="welcome").total == 0


def test_it_is_in_the_readers_history_and_gone_when_they_are_erased() -> None:
    scene.newsletter()
    address = reader(newsletters=("top-reads",))
    (copy,) = welcomes()
    (told,) = sent_to(address.subscriber_id, now=now())
    assert (told.kind, told.subject) == ("welcome", "Welcome to Top reads")
    assert told.why == "The welcome to what they had just confirmed."
    erase(address.pk, now=now())
    assert not Note.objects.exists()
    assert leaving(token_of(copy)).address_id is None


def test_a_welcome_that_could_not_leave_for_two_days_is_dropped_and_says_so() -> None:
    scene.newsletter()
    reader(newsletters=("top-reads",))
    Note.objects.update(due_at=now() - timedelta(days=3))
    assert welcomes() == []
    assert Note.objects.get().reason == "It could not leave for two days."
    assert not Message.objects.filter(kind="welcome").exists()
