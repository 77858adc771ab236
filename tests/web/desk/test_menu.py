"""The desk's menu: put together once a page, and what a page says of counting."""

from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Edition
from digest.staff.access import Role
from digest.web.desk import navigation
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(desk_day.member(role=Role.CHIEF))
    return client


@pytest.mark.parametrize("path", ["/desk/", "/desk/alerts/", "/desk/me", "/desk/nothing-here"])
def test_the_menu_is_put_together_once_a_page(
    desk: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def posts(**_: Any) -> int:
        asked.append(path)
        return 7

    monkeypatch.setattr(navigation.hand_posts, "is_offered", lambda: True)
    monkeypatch.setattr(navigation.hand_posts, "waiting", posts)
    page = desk.get(path).content.decode()
    assert page.count("Posts by hand (7)") == 1
    assert len(asked) == 1


def test_where_no_provider_approves_templates_none_are_read(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(**_: Any) -> Any:
        raise AssertionError("templates were read for a menu that does not have them")

    monkeypatch.setattr(navigation, "with_templates", lambda: False)
    monkeypatch.setattr(navigation, "listed_templates", read)
    assert "Templates" not in desk.get("/desk/alerts/").content.decode()


def test_a_sheet_says_what_is_counted_of_its_readers(desk: Client, settings: Any) -> None:
    moment = now()
    desk_day.stories(moment)
    edition = desk_day.edition(moment)
    path = f"/desk/editions/{edition.public_id}/"
    assert "opens and clicks are not counted" in desk.get(path).content.decode()
    settings.DIGEST_COUNT_CLICKS = True
    page = desk.get(path).content.decode()
    assert "links in its mails are counted, opens are not" in page
    assert "clicks are not counted" not in page
    newsletter = Edition.objects.get(pk=edition.pk).newsletter
    assert newsletter is not None
    newsletter.channels = ["whatsapp"]
    newsletter.save()
    assert "clicks are not counted" in desk.get(path).content.decode()
