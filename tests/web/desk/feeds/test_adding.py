"""Feeds added on the desk: by a home page, by their address, by a list; and refused with words."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from digest.intake.feeds.formats import opml
from digest.models import AuditEntry, Feed
from digest.staff.access import Role
from digest.web.desk.feeds import adding
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, item, rss
from tests.web import desk_day

pytestmark = pytest.mark.django_db(transaction=True)
LIST = b"""<opml version="2.0"><body><outline text="Asia"><outline text="Harbour" type="rss"
xmlUrl="https://harbour.example/rss"/><outline text="Lantern" type="rss"
xmlUrl="https://lantern.example/rss"/></outline></body></opml>"""


@pytest.fixture
def editor(client: Client, settings: object) -> Client:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    client.force_login(desk_day.member())
    return client


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({"/rss": feeds.body(rss(item(1)))}) as running:
        running.pages["/"] = feeds.body(
            b"<!doctype html><link rel=alternate type=application/rss+xml title=Post href=/rss>",
            Content_Type="text/html",
        )
        yield running


def add(client: Client, *addresses: str) -> str:
    form = {"addresses": "\n".join(addresses), "do": "look"}
    return client.post("/desk/new-feeds", form).content.decode()


def test_a_sites_home_page_is_enough_and_who_added_it_is_written_down(
    editor: Client, server: FeedServer
) -> None:
    assert "Added" in add(editor, server.url("/"))
    assert Feed.objects.get().url == server.url("/rss")
    entry = AuditEntry.objects.get(verb="added")
    assert (entry.who, entry.detail["url"]) == ("Ann Ito", server.url("/rss"))
    assert "Known already" in add(editor, server.url("/rss"))
    assert AuditEntry.objects.filter(verb="added").count() == 1


def test_what_cannot_be_added_says_why_and_the_words_stay(
    editor: Client, server: FeedServer, settings: object
) -> None:
    server.pages["/none"] = feeds.body(b"<!doctype html><p>No feed", Content_Type="text/html")
    page = add(editor, server.url("/none"))
    assert "Not added" in page and server.url("/none") in page
    settings.DIGEST_ALLOW_PRIVATE_FETCH = False  # type: ignore[attr-defined]
    assert "Not added" in add(editor, "http://127.0.0.1/secret")
    assert "Write the address" in add(editor)
    many = add(editor, *(f"site{n}.example" for n in range(11)))
    assert "At most 10" in many and "site10.example" in many
    assert not Feed.objects.exists()


def test_one_who_waits_too_long_for_another_is_told(
    editor: Client, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "LONGEST_LOOK", 0.1)
    with adding._looking:
        assert "Somebody else is adding feeds" in add(editor, server.url("/"))
    assert not Feed.objects.exists()


def test_a_list_comes_in_and_goes_out(editor: Client) -> None:
    file = SimpleUploadedFile("mine.opml", LIST)
    answer = editor.post("/desk/new-feeds", {"do": "list", "list": file}, follow=True)
    assert "2 feeds added; 0 known already." in answer.content.decode()
    assert set(Feed.objects.values_list("folder", flat=True)) == {"Asia"}
    out = editor.get("/desk/feeds/export")
    assert {each.url for each in opml.read(out.content)} == set(
        Feed.objects.values_list("url", flat=True)
    )
    bad = SimpleUploadedFile("x.opml", b"not a list")
    assert editor.post("/desk/new-feeds", {"do": "list", "list": bad}).status_code == 422
    answer = editor.post("/desk/new-feeds", {"do": "list"})
    assert "No file was chosen" in answer.content.decode()


def test_one_who_only_looks_adds_nothing(client: Client) -> None:
    client.force_login(desk_day.member("Rae Low", Role.READER))
    assert client.get("/desk/new-feeds").status_code == 403
    assert client.post("/desk/new-feeds", {"addresses": "x.example"}).status_code == 403
    assert "Add feeds" not in client.get("/desk/feeds/").content.decode()
