"""The page that shows an edition, an alert or a digest with one reader's eyes."""

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import AuditEntry, Edition, Story, Subscriber
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
NOOR = "noor.halim@example.org"


@pytest.fixture
def edition(client: Client) -> Edition:
    client.force_login(desk_day.member("Rea Der", Role.SERVICES))
    desk_day.stories(now())
    made = desk_day.edition(now())
    desk_day.reader(NOOR, now(), on=made.newsletter, alerts=True)
    return made


def test_from_the_sheet_by_the_readers_address_to_how_they_get_it(
    client: Client, edition: Edition
) -> None:
    what = f"edition:{edition.public_id}"
    page = client.get(f"/desk/readers/?what={what}").content.decode()
    assert f'name="what" value="{what}"' in page
    answer = client.post("/desk/readers/", {"address": NOOR, "what": what})
    assert NOOR not in answer.url
    page = client.get(answer.url).content.decode()
    assert "Gets it" in page
    assert "They asked for Morning briefing" in page
    assert 'sandbox=""' in page
    reader = Subscriber.objects.get()
    seen = AuditEntry.objects.get(verb="looked at as they get it")
    assert (seen.subject_id, seen.detail["what"]) == (reader.pk, what)
    mail = client.get(f"/desk/readers/{reader.public_id}/gets/mail?what={what}")
    assert "sandbox" in mail["Content-Security-Policy"]
    assert edition.title in mail.content.decode()


def test_an_alert_is_shown_and_nonsense_is_not_found(client: Client, edition: Edition) -> None:
    story = Story.objects.order_by("pk")[0]
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    raise_alert(story.pk, "Bridge closed", "What is known.", member=chief, now=now())
    reader = f"/desk/readers/{Subscriber.objects.get().public_id}/gets"
    page = client.get(reader).content.decode()
    (what,) = [part.split('"')[0] for part in page.split('value="') if part.startswith("alert:")]
    page = client.get(f"{reader}?what={what}").content.decode()
    assert "They asked for breaking news." in page
    assert "Bridge closed" in page
    for nonsense in ("alert:x", "edition:1", "digest:999999", "digest:-5", "x", "%20"):
        assert client.get(f"{reader}?what={nonsense}").status_code == 404


def test_only_who_serves_readers_looks_with_their_eyes(client: Client, edition: Edition) -> None:
    reader = Subscriber.objects.get()
    client.force_login(desk_day.member("Ed Itor", Role.EDITOR))
    for path in ("gets", f"gets?what=edition:{edition.public_id}", "gets/mail"):
        assert client.get(f"/desk/readers/{reader.public_id}/{path}").status_code == 403
    sheet = client.get(f"/desk/editions/{edition.public_id}/").content.decode()
    assert "As a certain reader" not in sheet
    assert not AuditEntry.objects.filter(verb="looked at as they get it").exists()


def test_who_opens_the_mail_alone_is_written_down_too(client: Client, edition: Edition) -> None:
    what = f"edition:{edition.public_id}"
    alone = f"/desk/readers/{Subscriber.objects.get().public_id}/gets/mail?what={what}"
    seen = AuditEntry.objects.filter(verb="looked at as they get it", detail__what=what)
    for _ in range(2):
        assert client.get(alone).status_code == 200
    assert [each.who for each in seen] == ["Rea Der"]
    client.force_login(desk_day.member("Ser Vice", Role.SERVICES))
    client.get(alone)
    assert seen.all().count() == 2
