"""A form that comes back sooner than people write, or hours later, is asked once more."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.kit.signing import seal
from digest.models import JoinRequest, Subscription
from digest.web.public import form_time
from tests.fakes import page_form
from tests.web import newsroom

pytestmark = pytest.mark.django_db
WISH = {
    "topics": ["korea"],
    "channel": "email",
    "email": "ann@example.org",
    "rhythm": "weekly-3",
    "hour": "18:00",
    "zone": "Europe/Paris",
    "article": "https://site.example/a",
    "box": "newsletter",
    "reads": ["ms"],
}
ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-User": "?1", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture(autouse=True)
def on_offer() -> None:
    newsroom.offer()


def wish(made: str | None) -> dict[str, Any]:
    return WISH | ({} if made is None else {"made": made})


FORGED: list[str | timedelta | None] = [
    None,
    "",
    "1",
    str(int(now().timestamp()) - 60),
    seal("another key", "form made", str(int(now().timestamp()) - 60)),
    newsroom.made()[:-1],
    newsroom.made() + "A",
    "9" * 5_000 + newsroom.made(),
    timedelta(0),
    -timedelta(minutes=5),
    timedelta(hours=7),
]
NAMES = [
    "none", "empty", "a number", "unsigned", "another's", "cut", "longer", "endless", "at once",
    "from the future", "hours later",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/subscribe", "/embed"])
@pytest.mark.parametrize("number", range(len(FORGED)), ids=NAMES)
def test_who_comes_too_soon_too_late_or_with_a_made_up_time_is_asked_again(
    client: Client, number: int, path: str
) -> None:
    given = FORGED[number]
    made = newsroom.made(given) if isinstance(given, timedelta) else given
    answer = client.post(path, wish(made))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert form_time.ONCE_MORE in page
    assert not Subscription.objects.exists()


def test_nothing_is_lost_and_a_second_press_is_enough(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.post("/subscribe", wish(newsroom.made(timedelta(hours=7)))).content.decode()
    monkeypatch.setattr(form_time, "LEAST", timedelta(0))
    again = page_form.fields(page) | {"reference": [""]}
    assert client.post("/subscribe", again).status_code == 302
    subscription = Subscription.objects.get()
    asked = JoinRequest.objects.get()
    assert subscription.topic is not None and subscription.topic.slug == "korea"
    assert (asked.days, f"{asked.local_time:%H:%M}") == ("3", "18:00")
    assert (asked.time_zone, asked.languages) == ("Europe/Paris", ["ms"])
    assert (asked.article, asked.box) == ("https://site.example/a", "newsletter")


@pytest.mark.parametrize("path", ["/", "/subscribe", "/embed", "/boxes.json"])
def test_every_form_of_ours_says_when_it_was_made_and_sets_no_cookie(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_time, "stamp", lambda moment: "the-time")
    answer = client.get(path)
    assert "the-time" in answer.content.decode()
    assert not answer.cookies


def test_a_newsrooms_own_plain_form_needs_a_browser_and_no_stamp(client: Client) -> None:
    assert client.post("/subscribe", WISH, headers=ELSEWHERE).status_code == 302
    for name in ("Sec-Fetch-Site", "Sec-Fetch-User"):
        headers = ELSEWHERE | {name: "same-origin"}
        assert client.post("/subscribe", WISH, headers=headers).status_code == 422


def test_whoever_is_asked_again_is_told_what_is_wrong_first(client: Client) -> None:
    page = client.post("/subscribe", WISH | {"email": "ann@"}).content.decode()
    assert form_time.ONCE_MORE not in page
    assert "wrong-email" in page
