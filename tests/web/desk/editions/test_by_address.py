"""From an address on the sheet to an item of the edition: every step by its page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from digest.intake.articles.by_address.models import AddressLookup
from digest.intake.articles.core.canonical import identity
from digest.kit.clock import now
from digest.models import Article, Edition, Item, Member, Story
from digest.newsdesk.editions.by_address.settle import PATIENCE, settle_lookups
from digest.newsdesk.stories import memory
from digest.newsdesk.stories.assign import assign
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
State = AddressLookup.State
PAGE = "https://harbour.example/news/ferry"
FOUND = {
    "title": "Ferry sinks off the coast", "summary": "All were saved.", "source": "Harbour Post",
    "language": "en", "published": "2026-11-20T06:30:00+00:00", "image_url": "", "url": PAGE,
}  # fmt: skip


class Desk:
    """An editor at the page where an address is given."""

    def __init__(self, client: Client) -> None:
        self.client, self.ann = client, desk_day.member()
        desk_day.stories(now())
        self.edition = desk_day.edition(now())
        client.force_login(self.ann)

    def give(self, address: str, edition: bool = True, **headers: str) -> Any:
        named = {"edition": self.edition.public_id} if edition else {}
        return self.client.post("/desk/by-address", {"address": address, **named}, headers=headers)

    @property
    def lookup(self) -> AddressLookup:
        return AddressLookup.objects.get()

    def read(self, **found: str) -> None:
        AddressLookup.objects.update(state=State.READ, found=FOUND | found)

    def confirm(self, **words: str) -> Any:
        typed = {**FOUND, "published": "2026-11-20T14:30", **words}
        return self.client.post(f"/desk/by-address/{self.lookup.public_id}/confirm", typed)

    def page(self) -> str:
        path = f"/desk/by-address/{self.lookup.public_id}/"
        return self.client.get(path, follow=True).content.decode()

    def settled(self) -> AddressLookup:
        memory.forget()
        assign(now=now())
        settle_lookups(now=now())
        return self.lookup


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def last(edition: Edition) -> Item:
    return Item.objects.filter(edition=edition, killed=False).order_by("-position")[0]


def test_an_address_becomes_an_item_of_the_edition(desk: Desk) -> None:
    answer = desk.give(PAGE)
    assert answer.url == f"/desk/by-address/{desk.lookup.public_id}/"
    assert "Being read" in desk.page()
    desk.read()
    page = desk.page()
    assert 'value="Ferry sinks off the coast"' in page
    assert 'value="2026-11-20T14:30"' in page, "in the editor’s own zone"
    assert desk.confirm(title="Ferry sinks: all saved").status_code == 302
    assert "Stored" in desk.page()
    assert (desk.settled().state, desk.lookup.reason) == (State.DONE, "")
    item = last(desk.edition)
    assert (item.story.headline, item.pinned) == ("Ferry sinks: all saved", True)
    assert "at its end and pinned" in desk.page()
    assert settle_lookups(now=now()) == 0


def test_a_report_of_what_we_have_joins_its_story(desk: Desk) -> None:
    report = Article.objects.filter(story_article__isnull=False, language="en").first()
    assert report is not None
    desk.give(PAGE, edition=False)
    AddressLookup.objects.update(state=State.READ, found=FOUND, text=report.text)
    moment = report.published_at.strftime("%Y-%m-%dT%H:%M+00:00")
    desk.confirm(title=report.title, summary=report.summary, published=moment)
    desk.settled()
    made = Article.objects.get(url=PAGE)
    assert made.story_article.story_id == report.story_article.story_id


def test_an_address_that_we_have_finds_its_story(desk: Desk) -> None:
    inside = set(Item.objects.filter(edition=desk.edition).values_list("story_id", flat=True))
    story = Story.objects.exclude(pk__in=inside)[0]
    article, url = story.members.all()[0].article, "https://harbour.example/known"
    article.url, article.url_hash = url, identity(url)
    article.save()
    assert desk.give(url, edition=False).url == f"/desk/stories/{story.public_id}/"
    assert desk.give(url).url == f"/desk/editions/{desk.edition.public_id}/"
    assert last(desk.edition).story == story
    again = desk.give(url)
    assert again.status_code == 422
    assert "in this edition already" in again.content.decode()
    assert not AddressLookup.objects.exists()


def test_a_refused_address_stays_in_its_field(desk: Desk) -> None:
    here = desk.give("http://harbour.example/<a>")
    assert here.status_code == 422
    page = here.content.decode()
    assert "https pages alone" in page
    assert 'value="http://harbour.example/&lt;a&gt;"' in page
    sheet = f"/desk/editions/{desk.edition.public_id}/"
    onward = desk.give("http://harbour.example/a", X_Desk=sheet)
    assert (onward.status_code, onward["X-Desk-To"][:25]) == (204, "/desk/by-address?address=")
    page = desk.client.get(onward["X-Desk-To"]).content.decode()
    assert "https pages alone" in page
    assert 'value="http://harbour.example/a"' in page


def test_a_page_that_tells_nothing_may_be_written_by_hand(desk: Desk) -> None:
    desk.give(PAGE)
    AddressLookup.objects.update(state=State.FAILED, reason="It refuses. Write its words yourself.")
    page = desk.page()
    assert "Write its words yourself" in page
    assert "Try again" in page
    refused = desk.confirm(title="", summary="My long sentence")
    assert refused.status_code == 422
    assert "Write the headline" in refused.content.decode()
    assert "My long sentence" in refused.content.decode()
    desk.confirm(title="By hand")
    desk.settled()
    assert last(desk.edition).story.headline == "By hand"


def test_an_edition_that_closed_meanwhile_says_why_it_was_not_added(desk: Desk) -> None:
    desk.give(PAGE)
    desk.read()
    desk.confirm()
    Edition.objects.filter(pk=desk.edition.pk).update(state="approved")
    assert "Take the approval back" in desk.settled().reason
    assert "Not added" in desk.page()


def test_a_ticker_gets_a_story_of_its_own_in_the_end(desk: Desk) -> None:
    desk.give(PAGE)
    desk.read()
    desk.confirm(title="Live updates: the storm")
    assert desk.settled().state == State.STORED
    settle_lookups(now=now() + PATIENCE + timedelta(seconds=1))
    assert last(desk.edition).story.headline.endswith("the storm")
    memory.forget()
    assert assign(now=now()).article_ids == ()


@pytest.mark.parametrize("role", [Role.READER, Role.SERVICES])
def test_who_may_not_curate_adds_nothing(desk: Desk, client: Client, role: Role) -> None:
    desk.give(PAGE)
    other: Member = desk_day.member("Rita Mun", role)
    client.force_login(other)
    assert desk.give(PAGE).status_code == 403
    assert desk.confirm().status_code == 403
    assert client.get(f"/desk/by-address/{desk.lookup.public_id}/").status_code == 403


def test_a_forged_form_without_a_token_adds_nothing(desk: Desk) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(desk.ann)
    assert strict.post("/desk/by-address", {"address": PAGE}).status_code == 403
