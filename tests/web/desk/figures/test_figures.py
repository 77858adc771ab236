"""The figures page: sums of the ledger and the list, each with a table and a file."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from digest.audience.core.cells import cell
from digest.kit.clock import now
from digest.models import (
    Edition,
    FollowCount,
    Item,
    JoinRequest,
    Newsletter,
    Send,
    Subscription,
)
from digest.newsdesk.alerts.issue import issue
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.newsdesk.editions.publish import publish
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_edition
from digest.staff.access import Role
from digest.web.desk import kept
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    kept.forget()
    made = Client()
    made.force_login(desk_day.member("Ann Ito"))
    return made


def table(client: Client, kind: str, **query: str) -> list[dict[str, str]]:
    answer = client.get(f"/desk/figures/{kind}.csv", query)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="{kind}-' in answer["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def sent_edition(title: str = "=1+1 Morning") -> Newsletter:
    moment = now()
    desk_day.stories(moment)
    edition = desk_day.edition(moment)
    newsletter = edition.newsletter
    assert newsletter is not None
    for number in range(5):
        desk_day.reader(f"r{number}@example.org", moment, on=newsletter)
    edition.title = title
    edition.save()
    publish(edition.pk, now=moment, by="Ann")
    for send in plan_edition(edition.pk, 1, now=moment).send_ids:
        fan_out(send, now=moment)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE digest_delivery SET state = 3, sent_at = now(), next_try_at = NULL "
            "WHERE address_id IN "
            "(SELECT address_id FROM digest_delivery ORDER BY address_id LIMIT 3)"
        )
        cursor.execute(
            "UPDATE digest_delivery SET outcome = 1 WHERE address_id = "
            "(SELECT min(address_id) FROM digest_delivery)"
        )
    gone = Subscription.objects.order_by("pk")[0]
    gone.state, gone.ended_at, gone.ended_reason = "ended", moment + timedelta(seconds=1), "reader"
    gone.save()
    return newsletter


def test_an_editions_row_sums_its_sends_and_who_left(client: Client) -> None:
    sent_edition()
    kept.forget()
    (row,) = table(client, "editions")
    assert row["Edition"] == "'=1+1 Morning"
    figures = {name: row[name] for name in ("Due", "Sent", "Delivered", "Failed", "Left")}
    assert figures["Due"] == "5"
    assert (figures["Sent"], figures["Delivered"], figures["Failed"]) == ("3", "1", "0")
    assert [each["Site"] for each in table(client, "sites")] == ["example.org"]
    assert [each["Due"] for each in table(client, "channels")] == ["5", "0"]
    page = client.get("/desk/figures/").content.decode()
    assert "3 sent of 5" in page
    assert page.count("As a file (CSV)") >= 4


def test_the_list_grows_and_shrinks_by_the_week(client: Client) -> None:
    sent_edition()
    rows = table(client, "growth")
    assert len(rows) == 12
    assert rows[0]["Joined"] == "5"
    assert sum(int(each["Joined"]) for each in rows[1:]) == 0
    assert int(rows[0]["Subscriptions"]) >= 4


def test_sign_ups_are_counted_by_box_and_article(client: Client) -> None:
    sent_edition()
    address = Subscription.objects.order_by("pk")[0].address
    for confirmed in (None, now()):
        JoinRequest.objects.create(
            address=address, local_time=timezone.now().time(), asked_at=now(),
            confirmed_at=confirmed, box="newsletter", article="https://news.example/a",
        )  # fmt: skip
    kept.forget()
    assert table(client, "origins") == [
        {"Box": "newsletter", "Article": "https://news.example/a", "Asked": "2", "Confirmed": "1"}
    ]


def test_a_blank_newsroom_is_told_what_to_do(client: Client) -> None:
    page = client.get("/desk/figures/").content.decode()
    assert "No edition went out yet." in page
    assert "Put a box at the end of your articles" in page
    assert "Nobody has subscribed yet." in page
    assert "Week from" not in page
    assert client.get("/desk/figures/", {"newsletter": "none"}).status_code == 200
    assert table(client, "editions", newsletter="none") == []
    assert client.get("/desk/figures/readers.csv").status_code == 404


def test_an_edition_of_unknown_hour_stands_at_its_slot(client: Client) -> None:
    newsletter = sent_edition()
    slot = datetime(2026, 3, 2, 7, tzinfo=UTC)
    Edition.objects.filter(newsletter=newsletter).update(published_at=None, slot_at=slot)
    kept.forget()
    page = client.get("/desk/figures/")
    assert page.status_code == 200
    (row,) = table(client, "editions", newsletter=newsletter.slug)
    assert row["Went"].startswith("2026-03-02")


@pytest.mark.parametrize("value", ["daily", "' OR ''='", "9" * 400, "\u2f00%", "\ud83c", "\n"])
@pytest.mark.parametrize("name", ["newsletter", "page", "X-Desk", "password"])
def test_no_parameter_breaks_the_page_or_its_files(client: Client, name: str, value: str) -> None:
    query = "?" + urlencode({name: value}, errors="surrogatepass")
    assert client.get("/desk/figures/" + query).status_code in {200, 400}
    for kind in ("editions", "sites"):
        assert client.get(f"/desk/figures/{kind}.csv{query}").status_code in {200, 400}


def test_the_best_stories_are_those_told_most_where_nobody_counts_links(
    client: Client, settings: Any
) -> None:
    sent_edition()
    (first, *_) = rows = table(client, "best")
    items = Item.objects.filter(edition__state="published", killed=False).order_by("position")
    assert {row["Story"] for row in rows} == {
        cell(each) for each in items.values_list("story__headline", flat=True)
    }
    lead = items[0].story
    assert (first["Place"], first["Story"], first["Led"]) == ("1", cell(lead.headline), "1")
    assert (first["Editions"], first["Alerts"], first["Messages"]) == ("1", "0", "3")
    page = client.get("/desk/figures/").content.decode()
    assert "nobody knows what readers liked best" in page and "Followed" not in first
    settings.DIGEST_COUNT_CLICKS = True
    last = items.last()
    assert last is not None
    send = Send.objects.filter(kind="edition")[0]
    FollowCount.objects.create(send_id=send.pk, story=last.story.public_id, readers=2)
    kept.forget()
    first = table(client, "best")[0]
    assert (first["Story"], first["Followed"]) == (cell(last.story.headline), "2")
    page = client.get("/desk/figures/").content.decode()
    assert "Those that most readers followed" in page
    assert "nobody knows what readers liked best" not in page


def test_an_alert_counts_among_what_was_told(client: Client) -> None:
    moment = now()
    story = next(iter(desk_day.stories(moment).values()))
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    raised = raise_alert(story.pk, "=Fire", "What is known.", member=chief, now=moment)
    issue(raised.alert_id, member=chief, now=moment)
    kept.forget()
    (row,) = table(client, "best")
    assert (row["Story"], row["Editions"], row["Alerts"]) == (cell(story.headline), "0", "1")
