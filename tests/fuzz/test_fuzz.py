"""No request breaks a page: hostile text in every parameter of every URL, form and webhook."""

import gc
import weakref
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.fuzz.__main__ import MOST_GROWTH
from tests.fuzz.run import SECRET, Fuzzer, furnish
from tests.fuzz.targets import parameters, targets
from tests.fuzz.visitor import Visitor
from tests.web import desk_day, newsroom


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.django_db(transaction=True)
def test_five_thousand_hostile_requests_find_no_500_and_no_growth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DIGEST_WHATSAPP_APP_SECRET", SECRET)
    found = Fuzzer(20_261_128, furnish()).run(5_000)
    assert found.broken == []
    assert found.grown < MOST_GROWTH
    # It came beyond the doors: pages were given, forms taken, and refused for what they held.
    assert {200, 302, 400, 403, 404, 405, 422} <= set(found.statuses)
    assert found.statuses[200] > 500


@pytest.mark.django_db(transaction=True)
def test_the_fuzz_keeps_nothing_of_a_request() -> None:
    visitor = Visitor()
    before = _finalizers(visitor)
    for _ in range(20):
        visitor.get("/no-such-page")
    assert _finalizers(visitor) - before < 10


def _finalizers(visitor: Visitor) -> int:
    """How many objects wait to be told of an end that may never come, after a first request."""
    assert visitor.get("/no-such-page").status_code == 404
    gc.collect()
    # A proxy whose object is gone has a type, but no class that could be asked for.
    return sum(issubclass(type(each), weakref.finalize) for each in gc.get_objects())


def test_the_fuzz_knows_every_url_and_what_views_ask_for() -> None:
    assert len(targets()) > 100
    asked = {"newsletter", "page", "topics", "email", "hub.mode", "hub.challenge", "next"}
    assert asked - set(parameters()) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/archive?newsletter=a%00", "/archive?%00=1", "/a%00b",
                                  "/subscribe?zone=%00", "/desk/?q=%00"])  # fmt: skip
def test_a_nul_in_an_address_is_refused_without_the_gate_too(client: Client, path: str) -> None:
    client.force_login(desk_day.member())
    assert client.get(path).status_code == 400


@pytest.mark.django_db
def test_a_nul_in_a_form_is_refused_and_unsubscribing_counts_all_the_same(client: Client) -> None:
    newsroom.offer()
    wish: dict[str, Any] = {"email": "ann@example.org", "topics": "korea", "hour": "07:00\0"}
    assert client.post("/subscribe", wish).status_code == 400
    assert client.post("/desk/sign-in", {"email": "a\0b", "password": "x"}).status_code == 400


@pytest.mark.django_db
def test_a_number_that_the_database_has_not_is_a_bad_request(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*args: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", ["9" * 20])

    monkeypatch.setattr("digest.web.public.latest.lines", ask)
    client.raise_request_exception = False
    assert client.get("/archive").status_code == 400
