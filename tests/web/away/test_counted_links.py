"""Counted links: off by default, they lead where we signed and nowhere else, and name nobody."""

import csv
import io
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError
from django.test import Client

from digest.audience.leaving.erase import erase
from digest.kit import clock
from digest.models import (
    Address,
    Delivery,
    FollowCount,
    FollowedLink,
    Send,
    Story,
    StoryTopic,
    Topic,
)
from digest.outbound.delivery.figures import own_data
from digest.outbound.delivery.followed import note
from digest.outbound.delivery.followed.settle import ANYTHING, KEPT, settle
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.messages import counted
from digest.web.desk import kept
from tests.fakes.smtp import Sink, running
from tests.scenes import scene
from tests.web import desk_day

pytestmark = pytest.mark.django_db(transaction=True)

BROWSER = "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
PERSON = {"user-agent": BROWSER}
MINUTE = timedelta(minutes=1)
LINK = re.compile(r'href="(https?://[^"]+/go/[^"]+)"')


def mailed(settings: Any, readers: int = 1) -> tuple[Send, list[Any]]:
    """A send that went out by a real relay, and the mails it brought."""
    send = scene.running_edition(readers, now=clock.now())
    with running(Sink()) as sink:
        settings.DIGEST_SMTP_URL = sink.url
        assert send_some(send.pk).sent == readers
    return send, sorted(sink.taken, key=lambda mail: mail.recipient)


def part(mail: Any, kind: str) -> str:
    body = mail.message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def links_of(mail: Any) -> list[str]:
    found = dict.fromkeys(unescape(each) for each in LINK.findall(part(mail, "html")))
    return [each.partition("//")[2].partition("/")[2] for each in found]


@pytest.fixture
def counting(settings: Any) -> Any:
    settings.DIGEST_COUNT_CLICKS = True
    return settings


def follow(client: Client, path: str, **headers: str) -> Any:
    return client.get(f"/{path}", headers=headers or PERSON)


def later(send: Send, **since: float) -> datetime:
    """The ledger says that the copies arrived a while ago."""
    sent = clock.now() - timedelta(**since)
    Delivery.objects.filter(send_id=send.pk).update(sent_at=sent)
    return sent


def settled() -> dict[UUID, int]:
    settle(now=clock.now() + 3 * MINUTE)
    return dict(FollowCount.objects.values_list("story", "readers"))


def test_nothing_is_counted_unless_the_newsroom_says_so(settings: Any, client: Client) -> None:
    _, (mail,) = mailed(settings)
    assert links_of(mail) == [] and "https://meridian.example/1" in part(mail, "html")
    assert "reader.invalid" not in mail.message.as_string()


def test_what_tells_of_a_story_is_counted_and_no_way_out_is(counting: Any, client: Client) -> None:
    _, (mail,) = mailed(counting)
    found = links_of(mail)
    targets = [follow(client, each)["Location"] for each in found]
    assert [each for each in targets if "meridian.example" in each] == [
        f"https://meridian.example/{number}" for number in (1, 2, 3)
    ]
    assert all("/s/" in each or "meridian.example" in each for each in targets)
    words = mail.message.as_string()
    assert "reader.invalid" not in words
    assert "/go/" not in mail.message["List-Unsubscribe"] + part(mail, "plain")
    html = part(mail, "html")
    for way in ("/unsubscribe/", "/preferences/", "/editions/"):
        assert way in html
    assert not any(
        way in each for each in found for way in ("unsubscribe", "preferences", "editions", "link")
    )


def test_a_link_leads_only_where_it_was_signed_for(counting: Any, client: Client) -> None:
    _, (mail,) = mailed(counting)
    path = links_of(mail)[0]
    answer = follow(client, path)
    assert (answer.status_code, answer["Location"]) == (302, "https://meridian.example/1")
    assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    way, _, _ = path.partition("?to=")
    copy, story, signature = way.split("/")[1:]
    for to in (
        "https://evil.example/", "//evil.example", "javascript:alert(1)", "https://meridian.example/2",
        "https://meridian.example/1?x", "https://meridian.example/1\r\nX: y", "", "\udcff", "é" * 9,
    ):  # fmt: skip
        assert client.get(f"/{way}", {"to": to.encode("utf-8", "surrogatepass")}).status_code == 404
    other = story[:-1] + ("0" if story[-1] != "0" else "1")
    for changed in (
        f"go/{copy}/{other}/{signature}", f"go/{copy}/{story}/{signature[:-1]}x",
        f"go/{copy}/{story}/x", f"go/{copy}/-/{signature}",
    ):  # fmt: skip
        assert client.get(f"/{changed}", {"to": "https://meridian.example/1"}).status_code == 404


@pytest.mark.parametrize("copy", ["-", "0", "1-1.AAAAAAAAAAAAAAAA", "x" * 500, "%2E"])
def test_a_copy_that_says_nothing_breaks_no_link(
    counting: Any, client: Client, copy: str
) -> None:  # fmt: skip
    _, (mail,) = mailed(counting)
    _, _, rest = links_of(mail)[0].split("/", 2)
    assert follow(client, f"go/{copy}/{rest}")["Location"] == "https://meridian.example/1"
    assert not FollowedLink.objects.exists()


def test_a_link_works_after_counting_is_off_and_all_is_forgotten(
    counting: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, (mail,) = mailed(counting)
    path = links_of(mail)[0]

    def down(*_: object, **__: object) -> bool:
        raise DatabaseError("the database is down")

    with monkeypatch.context() as broken:
        broken.setattr(note, "note", down)
        assert follow(client, path)["Location"] == "https://meridian.example/1"
    counting.DIGEST_COUNT_CLICKS = False
    Delivery.objects.filter(send_id=send.pk).delete()
    erase(Address.objects.get().pk, now=clock.now())
    assert follow(client, path)["Location"] == "https://meridian.example/1"
    counting.DIGEST_COUNT_CLICKS = True
    assert follow(client, path)["Location"] == "https://meridian.example/1"
    assert not FollowedLink.objects.exists()


def test_people_are_counted_once_and_programs_never(counting: Any, client: Client) -> None:
    send, mails = mailed(counting, 5)
    person, again, scanner, head, robot = (links_of(mail) for mail in mails)
    later(send, minutes=5)
    assert follow(client, person[0]).status_code == 302
    for _ in range(3):
        follow(client, again[0])
    for link in scanner:
        follow(client, link)
    assert client.head(f"/{head[0]}", headers=PERSON).status_code == 302
    follow(client, head[0])
    follow(client, robot[0], **{"user-agent": "Mozilla/5.0 (compatible; SafeLinks scanner)"})
    assert len(scanner) >= 3
    story = UUID("00000000-0000-4000-8000-000000000001")
    assert settled() == {ANYTHING: 2, story: 2}
    follow(client, person[0])
    assert settled() == {ANYTHING: 2, story: 2}, "the same reader again"


def test_who_comes_within_seconds_of_the_delivery_is_no_reader(
    counting: Any, client: Client
) -> None:  # fmt: skip
    send, (mail,) = mailed(counting)
    later(send, seconds=2)
    follow(client, links_of(mail)[0])
    assert settled() == {}


def test_a_data_centre_is_no_reader(
    counting: Any, settings: Any, client: Client, tmp_path: Any
) -> None:
    listed = tmp_path / "networks.txt"
    listed.write_text("127.0.0.0/8 # here\n")
    settings.DIGEST_COUNT_NETWORKS = str(listed)
    send, (mail,) = mailed(counting)
    later(send, minutes=5)
    follow(client, links_of(mail)[0])
    assert settled() == {}
    settings.DIGEST_COUNT_NETWORKS = str(tmp_path / "missing.txt")
    follow(client, links_of(mail)[1])
    FollowedLink.objects.filter(judged=None).update(at=clock.now() + MINUTE)
    settle(now=clock.now() + 4 * MINUTE)
    assert FollowCount.objects.get(story=ANYTHING).readers == 1


def test_of_single_readers_nothing_is_kept_for_longer_than_two_days(
    counting: Any, client: Client
) -> None:
    send, (mail,) = mailed(counting)
    later(send, minutes=5)
    follow(client, links_of(mail)[0], **PERSON)
    row = FollowedLink.objects.values().get()
    assert not any(BROWSER in str(value) or "127.0.0.1" in str(value) for value in row.values())
    address = Address.objects.get().pk
    told = own_data.of_person(address, now=clock.now())
    assert told is not None and len(told["followed_links"]) == 1
    settle(now=clock.now() + KEPT - MINUTE)
    assert FollowedLink.objects.exists()
    settle(now=clock.now() + KEPT + MINUTE)
    assert not FollowedLink.objects.exists() and FollowCount.objects.exists()


def test_whoever_repeats_a_link_fills_no_table(counting: Any, client: Client) -> None:
    _, (mail,) = mailed(counting)
    for _ in range(note.MOST_OF_A_COPY + 20):
        follow(client, links_of(mail)[0])
    assert FollowedLink.objects.count() == note.MOST_OF_A_COPY


def test_two_who_settle_at_once_count_once(counting: Any, client: Client) -> None:
    send, (mail,) = mailed(counting)
    later(send, minutes=5)
    follow(client, links_of(mail)[0])
    moment = clock.now() + 3 * MINUTE
    assert (settle(now=moment).people, settle(now=moment).people) == (1, 0)
    assert FollowCount.objects.get(story=ANYTHING).readers == 1


def test_the_desk_shows_editions_stories_and_topics(counting: Any, client: Client) -> None:
    send, (mail,) = mailed(counting)
    later(send, minutes=5)
    story = Story.objects.create(
        public_id="00000000-0000-4000-8000-000000000001", headline="=Harbour bridge",
        first_at=clock.now(), last_at=clock.now(),
    )  # fmt: skip
    topic = Topic.objects.create(slug="ports", name="Ports", query="port")
    StoryTopic.objects.create(story=story, topic=topic)
    follow(client, links_of(mail)[0])
    settled()
    kept.forget()
    client.force_login(desk_day.member("Ann Ito"))
    page = client.get("/desk/figures/").content.decode()
    assert "Stories that readers followed" in page and "Opens are not counted." in page

    def table(kind: str) -> list[dict[str, str]]:
        text = client.get(f"/desk/figures/{kind}.csv").content.decode()
        return list(csv.DictReader(io.StringIO(text)))

    assert table("editions")[0]["Followed a link"] == "1"
    assert table("stories") == [{"Story": "'=Harbour bridge", "Readers": "1"}]
    assert table("topics") == [{"Topic": "Ports", "Readers": "1"}]


def test_only_a_plain_web_address_is_made_to_count() -> None:
    for url in ("javascript:alert(1)", "", "mailto:a@b.example", "https://a.example/" + "x" * 2000):
        assert counted.counted_link("key", "", url) == url
    made = counted.counted_link("key", "", "https://a.example/?q=1&r=%20#top")
    signature, _, to = made.rpartition("/-/")[2].partition("?to=")
    assert "&" not in made and to == "https://a.example/%3Fq%3D1%26r%3D%2520%23top"
    assert counted.leads_to("key", "-", signature, "https://a.example/?q=1&r=%20#top")
    assert not counted.leads_to("other key", "-", signature, "https://a.example/?q=1&r=%20#top")
