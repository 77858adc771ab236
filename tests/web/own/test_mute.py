"""No more about a story: by a link in the mail, a button, and never by opening the link."""

from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client

from digest.audience.core import tokens
from digest.models import Mute
from digest.outbound.messages.links import short_code
from tests.newsdesk.desk import story
from tests.web import newsroom

pytestmark = pytest.mark.django_db


@pytest.fixture
def path() -> str:
    newsroom.offer()
    address_id = newsroom.reader(topics=("korea",))
    return "/preferences/" + tokens.preferences_token(settings.SECRET_KEY, address_id)


def test_the_link_asks_and_the_button_mutes_and_takes_it_back(client: Client, path: str) -> None:
    told = story("Ferry <b>fire</b>")
    code = short_code(told.public_id)
    page = client.get(f"{path}?story={code}").content.decode()
    assert "Ferry &lt;b&gt;fire&lt;/b&gt;" in page
    assert not Mute.objects.exists()
    answer = client.post(path, {"do": "mute", "story": code})
    assert (answer.status_code, answer.url) == (302, f"{path}?story={code}")
    assert Mute.objects.get().story == told
    client.post(path, {"do": "mute", "story": code})
    assert Mute.objects.count() == 1
    assert "You hear no more about" in client.get(answer.url).content.decode()
    client.post(path, {"do": "unmute", "story": code})
    assert not Mute.objects.exists()


@pytest.mark.parametrize("code", ["", "x", "0" * 22, "../../etc", short_code(UUID(int=7))])
def test_a_story_that_is_none_mutes_nothing(client: Client, path: str, code: str) -> None:
    assert client.get(path, {"story": code}).status_code == 200
    assert client.post(path, {"do": "mute", "story": code}).status_code == 302
    assert not Mute.objects.exists()


def test_erasing_takes_the_mutes_along(client: Client, path: str) -> None:
    from digest.audience.leaving.erase import erase
    from digest.kit.clock import now

    told = story("Ferry fire")
    client.post(path, {"do": "mute", "story": short_code(told.public_id)})
    person = Mute.objects.get().subscriber
    erase(person.addresses.get().pk, now=now())
    assert not Mute.objects.exists()
