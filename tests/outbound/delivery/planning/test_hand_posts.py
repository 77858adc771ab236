"""What waits to be posted by hand is counted with each page of the desk, so cheaply."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.kit.clock import now
from digest.models import Member
from digest.outbound.delivery.planning import hand_posts
from tests.scenes import scene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings: Any) -> None:
    settings.DIGEST_CHANNELS = ["email", "whatsapp"]
    settings.DIGEST_WHATSAPP_CHANNEL = "https://whatsapp.com/channel/0029Va"


def test_however_many_wait_they_are_counted_by_one_query() -> None:
    moment = now()
    for number in range(4):
        scene.edition(scene.newsletter(slug=f"n{number}", channels=["whatsapp"]), now=moment)
        scene.alert(now=moment)
    scene.edition(scene.newsletter(slug="mail", channels=["email"]), now=moment)
    scene.alert(now=moment - timedelta(days=2))
    with CaptureQueriesContext(connection) as asked:
        assert hand_posts.waiting(now=moment) == 8
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        shown = hand_posts.hand_posts(now=moment)
    assert len(asked) <= 3, "nor one for each that is shown"
    assert len(shown) == 8
    member = Member.objects.create_user("ed@meridian.example")
    assert hand_posts.mark_posted(shown[0].key, member=member, now=moment)
    assert not hand_posts.mark_posted(shown[0].key, member=member, now=moment)
    assert hand_posts.waiting(now=moment) == 7
    assert [each.by for each in hand_posts.hand_posts(now=moment)][-1] == str(member)
