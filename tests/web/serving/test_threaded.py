"""Django behind the gate: one thread a request, of a fixed number, and nothing left in it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.urls import path

from digest.kit import connection_budget
from digest.web.public import speech
from digest.web.serving.threaded import ThreadedDjango
from tests.web.serving.asking import Given, ask, whole

seen: list[tuple[str, str]] = []


def note(where: str) -> None:
    seen.append((where, threading.current_thread().name))


def watching(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    def watched(request: HttpRequest) -> HttpResponse:
        note("middleware")
        return get_response(request)

    return watched


def page(request: HttpRequest) -> HttpResponse:
    note("view")
    said = speech.language()
    if request.GET.get("speak"):
        speech.speak(request.GET["speak"])
    response = HttpResponse(said + " " + request.POST.get("word", ""))
    response.set_cookie("kept", "yes")
    return response


def long(request: HttpRequest) -> HttpResponseBase:
    def parts() -> Iterator[bytes]:
        for number in range(3):
            note("part")
            yield f"{number}\n".encode()

    return StreamingHttpResponse(parts())


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


handler500 = "digest.web.public.errors.broken"
urlpatterns = [path("page", page), path("long", long), path("broken", broken)]


@pytest.fixture
def django() -> Iterator[ThreadedDjango]:
    seen.clear()
    middleware = ["tests.web.serving.test_threaded.watching"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware):
        yield ThreadedDjango()


def asked(django: ThreadedDjango, *paths: str, **given: Any) -> list[Given]:
    async def one_after_the_other() -> list[Given]:
        return [await ask(django, each, **given) for each in paths]

    return asyncio.run(one_after_the_other())


def test_a_request_stays_in_one_thread_and_threads_are_a_fixed_number(
    django: ThreadedDjango,
) -> None:
    async def crowd() -> None:
        await asyncio.gather(*(ask(django, "/page") for _ in range(100)))

    asyncio.run(crowd())
    assert [where for where, _ in seen].count("view") == 100
    assert len({thread for _, thread in seen}) <= connection_budget.WEB_PLACES
    by_thread: dict[str, list[str]] = {}
    for where, thread in seen:
        by_thread.setdefault(thread, []).append(where)
    for steps in by_thread.values():
        assert steps == ["middleware", "view"] * (len(steps) // 2)


def test_the_next_request_in_a_thread_finds_nothing_of_the_one_before(
    django: ThreadedDjango,
) -> None:
    async def in_turn() -> list[bytes]:
        await ask(django, "/page", query="speak=de")
        return [(await ask(django, "/page")).body for _ in range(30)]

    assert set(asyncio.run(in_turn())) == {b"en "}


def test_forms_and_cookies_come_through(django: ThreadedDjango) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "content-length": "9"}

    async def post() -> Given:
        return await ask(
            django, "/page", method="POST", headers=headers, receive=whole(b"word=ship")
        )

    given = asyncio.run(post())
    assert given.body == b"en ship"
    assert given.headers["set-cookie"].startswith("kept=yes;")


def test_what_is_streamed_arrives_whole_and_is_closed_after_its_last_part(
    django: ThreadedDjango,
) -> None:
    def finished(**_: Any) -> None:
        note("finished")

    request_finished.connect(finished)
    try:
        (given,) = asked(django, "/long")
    finally:
        request_finished.disconnect(finished)
    assert given.body == b"0\n1\n2\n"
    assert [where for where, _ in seen] == ["middleware", "part", "part", "part", "finished"]


def test_a_view_that_fails_is_a_500_and_the_thread_serves_on(django: ThreadedDjango) -> None:
    statuses = [each.status for each in asked(django, "/broken", "/page")]
    assert statuses == [500, 200]


def test_the_service_is_served_by_it() -> None:
    from digest.asgi import application

    assert isinstance(application._app, ThreadedDjango)
