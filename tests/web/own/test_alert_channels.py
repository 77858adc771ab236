"""On their own page readers put the channels that bring alerts in an order."""

import pytest
from django.conf import settings
from django.test import Client

from digest.audience.core import tokens
from digest.audience.preferring import alert_order
from digest.kit.clock import now
from digest.models import Address, Subscription
from tests.fakes import page_form
from tests.scenes import scene
from tests.web import newsroom

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def mail() -> Address:
    newsroom.offer()
    address = newsroom.reader(topics=(), newsletters=(), alerts=True)
    return Address.objects.get(pk=address)


@pytest.fixture
def push(mail: Address) -> Address:
    return scene.reader(None, "other@readers.example", now=now()).address


def path(address: Address) -> str:
    token = tokens.preferences_token(settings.SECRET_KEY, address.pk, address.link_generation)
    return f"/preferences/{token}"


def order(address: Address) -> list[int]:
    return [each.address_id for each in alert_order.order_of(address.pk)]


def test_a_pasted_link_joins_and_buttons_move_and_separate(client, mail, push) -> None:
    answer = client.post(
        path(mail), {"do": "join", "other": f" https://n.example{path(push)}?x=1 "}
    )
    assert answer.status_code == 302
    assert order(mail) == [mail.pk, push.pk]
    page = client.get(path(push)).content.decode()
    assert "(this page)" in page and "Move o" in page
    client.post(path(push), {"do": "raise", "member": str(push.pk)})
    assert order(mail) == [push.pk, mail.pk]
    client.post(path(mail), {"do": "part", "member": str(push.pk)})
    assert order(mail) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("nonsense", "no link to a page of yours"),
        ("renewed", "no link to a page of yours"),
        ("same", "this very page"),
        ("left", "No alerts come there yet"),
    ],
)
def test_a_link_that_does_not_do_says_why_and_is_kept(client, mail, push, fault, words) -> None:
    given = path(mail) if fault == "same" else path(push)
    if fault == "nonsense":
        given = "<b>hello"
    elif fault == "renewed":
        Address.objects.filter(pk=push.pk).update(link_generation=3)
    elif fault == "left":
        Subscription.objects.filter(address=push).update(
            state="ended", ended_reason="reader", ended_at=now()
        )
    answer = client.post(path(mail), {"do": "join", "other": given})
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page
    assert page_form.fields(page) is not None and "<b>hello" not in page
    assert order(mail) == []


def test_nobody_elses_channel_is_moved(client, mail, push) -> None:
    for what in ("raise", "part"):
        for member in (str(push.pk), "x", "9" * 30, ""):
            answer = client.post(path(mail), {"do": what, "member": member})
            assert answer.status_code == 302
    assert order(push) == []


def test_who_gets_no_alerts_sees_nothing_of_it(client, mail) -> None:
    assert "Alerts on several channels" in client.get(path(mail)).content.decode()
    Subscription.objects.filter(address=mail).update(
        state="ended", ended_reason="reader", ended_at=now()
    )
    assert "Alerts on several channels" not in client.get(path(mail)).content.decode()
