"""On pages that read from right to left, what was put into a sentence keeps its own order."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from lxml import html

from digest.audience.core import tokens
from digest.kit import clock
from digest.models import Address, Newsletter, Subscription, Topic
from digest.outbound.messages.links import short_code
from tests.outbound.messages.test_right_to_left import astray
from tests.web import desk_day, newsroom

BLOCKS = ("p", "li", "h1", "h2", "h3", "td", "th", "dt", "dd", "option", "button", "label",
          "legend", "summary", "figcaption", "footer", "nav", "div", "section")  # fmt: skip
# Fixed words of ours, with no sign at an end of theirs that could go astray.
OURS = re.compile(r"RSS|Atom|JSON Feed|UTC\S*|English|If-None-Match|If-Modified-Since|Retry-After")


def lines(page: html.HtmlElement) -> list[str]:
    """The text of each part of a page that is ordered by itself."""
    # A window's title has an order of its own, by what it begins with.
    for each in page.xpath("//title|//script|//style|//svg|//pre|//*[contains(@class,'tongues')]"):
        each.drop_tree()
    for each in page.xpath("//bdi|//*[@dir][not(self::html)]"):
        tail = each.tail
        each.clear()
        each.tail = tail
    for each in page.xpath("//label/span/*"):  # what a sheet puts in lines
        each.tag = "div"
    for each in page.iter(*BLOCKS, "br"):
        each.text = "\n" + (each.text or "")
        each.tail = "\n" + (each.tail or "")
    return [" ".join(each.split()) for each in page.text_content().splitlines() if each.strip()]


def own_pages() -> list[str]:
    """A reader's own, with all that can stand there at once."""
    moment = clock.now()
    desk_day.reader("+6591234567", moment, alerts=True)
    address = Address.objects.get(value="+6591234567")
    topic, letter = Topic.objects.first(), Newsletter.objects.first()
    for wish in ({"topic": topic}, {"newsletter": letter}):
        Subscription.objects.create(
            subscriber=address.subscriber, address=address, state="paused",
            paused_until=moment + timedelta(days=9), created_at=moment, **wish,
        )  # fmt: skip
    leaving = Subscription.objects.first()
    assert leaving is not None
    secret = settings.SECRET_KEY
    own = f"/preferences/{tokens.preferences_token(secret, address.pk, address.link_generation)}"
    return [own, f"/unsubscribe/{tokens.unsubscribe_token(secret, leaving.pk)}", "/erased"]


@pytest.mark.django_db
def test_nothing_put_into_a_sentence_takes_the_order_around_it(client: Client) -> None:
    newsroom.offer()
    edition = newsroom.publish()
    told = newsroom.story("https://a.example/1", "https://b.example/2")
    paths = ["/", "/newsletters/morning", "/topics", "/topics?q=no", "/topics/korea", "/calendar",
             "/subscribe", "/archive", "/archive?q=pyongyang", f"/editions/{edition.public_id}",
             f"/s/{short_code(told.public_id)}", "/link", "/link/sent", "/subscribe/sent",
             "/embed", "/embed/sent", "/embed/boxes", "/about-our-reader", "/push",
             "/nothing", *own_pages()]  # fmt: skip
    found = []
    for path in paths:
        mark = "&" if urlsplit(path).query else "?"
        answer = client.get(f"{path}{mark}lang=ar")
        page = html.fromstring(answer.content.decode())
        said = [OURS.sub("", line) for line in lines(page)]
        assert any(re.search("[\u0600-\u06ff]", line) for line in said), path
        found += [(path, line, wrong) for line in said if (wrong := astray(line))]
    assert found == []
