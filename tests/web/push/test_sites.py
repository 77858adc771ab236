"""Another site of the newsroom's asks for its readers' browsers."""

import json
from typing import Any

import pytest
from django.test import Client

from digest.audience.core import languages
from digest.models import Consent
from tests.fakes.push_service import Browser, PushService
from tests.web.test_push import ORIGIN, Post, ours, post, pushes, wish  # noqa: F401 - fixtures

# What a test asks for by name is the fixture, not what was imported.
# ruff: noqa: F811
pytestmark = [pytest.mark.django_db(transaction=True)]
SITE = "https://paper.example"


def test_a_site_that_is_named_may_ask_and_its_page_is_the_place_of_consent(
    pushes: PushService, ours: str, post: Post, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = pushes.subscribe(ours)
    told = wish(pushes, line, Browser(), page=f"{SITE}/2026/reactor#top")
    cross = {"Origin": SITE, "Sec-Fetch-Site": "cross-site"}
    first = client.options("/push/subscribe", headers={"Origin": SITE})
    assert first.status_code == 403 and "Access-Control-Allow-Origin" not in first.headers
    assert post("/push/subscribe", told, **cross).status_code == 403
    monkeypatch.setenv("DIGEST_WEBPUSH_SITES", f"https://other.example,{SITE}/")
    for path in ("subscribe", "own", "moved", "leave"):
        first = client.options(f"/push/{path}", headers={"Origin": SITE})
        assert first.status_code == 204 and "Origin" in first["Vary"]
        assert first["Access-Control-Allow-Origin"] == SITE
        assert first["Access-Control-Allow-Headers"] == "Content-Type"
        assert "Access-Control-Allow-Credentials" not in first.headers
        other = client.options(f"/push/{path}", headers={"Origin": f"{SITE}.evil.example"})
        assert other.status_code == 403 and "Access-Control-Allow-Origin" not in other.headers
    answer = post("/push/subscribe", told, **cross)
    assert answer.status_code == 200 and answer["Access-Control-Allow-Origin"] == SITE
    assert Consent.objects.get().place == f"{SITE}/2026/reactor"
    # What is wrong must be readable there too.
    wrong = post("/push/subscribe", told | {"alerts": False, "newsletters": []}, **cross)
    assert wrong.status_code == 422 and wrong["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize(
    "page", ["https://elsewhere.example/", "javascript:1", SITE + "/" + "x" * 400, None]
)
def test_a_page_that_is_not_the_sites_own_is_not_believed(
    page: str | None, pushes: PushService, ours: str, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_WEBPUSH_SITES", SITE)
    told = wish(pushes, pushes.subscribe(ours), Browser(), page=page)
    assert post("/push/subscribe", told, Origin=SITE).status_code == 200
    assert Consent.objects.get().place == f"{SITE}/"


@pytest.mark.parametrize("tongue", languages.SPOKEN)
def test_any_site_may_read_what_is_on_offer_in_each_language(
    tongue: str, pushes: PushService, client: Client
) -> None:
    answer = client.get(f"/push/here.json?lang={tongue}")
    told = answer.json()
    assert answer["Access-Control-Allow-Origin"] == "*" and not answer.cookies
    assert told["language"] == tongue and told["consent"]
    assert [each["value"] for each in told["offered"]][:2] == ["on", "morning"]
    assert all(told["words"][name] for name in told["words"] if name != "unsupported-end")
    assert "<" not in json.dumps(told)


def test_the_worker_knows_where_it_came_from(
    pushes: PushService, client: Client, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["news.meridian.example", "testserver"]
    answer = client.get("/push-worker.js", headers={"Host": "news.meridian.example"})
    assert answer.content.startswith(f'self.digestHome = "{ORIGIN}";\n'.encode())
    other = client.get("/push-worker.js", headers={"Host": "testserver"})
    assert other.content.startswith(b'self.digestHome = "http://testserver";\n')
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
