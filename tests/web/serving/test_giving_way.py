"""While an alert goes out from this machine, a crowd of readers leaves it the processors."""

import asyncio
import os
import time
from collections import Counter
from pathlib import Path

import pytest

from digest.kit import published, supervise
from digest.kit.clock import now
from digest.outbound.delivery.models import Delivery, Send
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from digest.web.serving import traffic
from digest.web.serving.gate import Gate
from digest.web.serving.giving_way import GivingWay
from digest.web.serving.lanes import Full, Places
from tests.scenes import scene
from tests.scenes.scripted import Scripted
from tests.web.serving.asking import Given, Pages, ask

SHARED = {"cache_control": "public, max-age=0", "digest_keep": "60", "etag": 'W/"one"'}


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine's data folder of this test's own."""
    monkeypatch.setenv("DIGEST_HOME", str(tmp_path))
    monkeypatch.setattr(published, "mark", lambda: "a")
    return tmp_path


@pytest.fixture
def haste(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Haste for the whole of a test, however slow the machine is."""
    monkeypatch.setattr(supervise, "_HASTE_SECONDS", 3600.0)
    supervise.make_haste(home)
    return home


def crowd(door: Gate, path: str, size: int) -> tuple[list[Given], float]:
    async def all_of_them() -> tuple[list[Given], float]:
        await ask(door, path)  # it is in memory by now
        began = time.monotonic()
        given = await asyncio.gather(*[ask(door, path) for _ in range(size)])
        return given, time.monotonic() - began

    return asyncio.run(all_of_them())


def test_haste_is_over_after_a_second_without_a_word(home: Path) -> None:
    assert not supervise.is_haste(home)
    supervise.make_haste(home)
    assert supervise.is_haste(home)
    (file,) = home.iterdir()
    for age in (-90, 2, 3600):
        os.utime(file, (time.time() - age, time.time() - age))
        assert not supervise.is_haste(home)


def test_where_nothing_can_be_written_nobody_waits(home: Path) -> None:
    supervise.make_haste(home / "not there")
    assert not supervise.is_haste(home / "not there")


def test_pages_in_memory_go_at_a_pace_and_who_would_wait_too_long_is_told_at_once(
    haste: Path,
) -> None:
    door = Gate(Pages(**SHARED))
    pace = (os.cpu_count() or 1) * traffic.PAGES_IN_HASTE
    fit = int(pace * traffic.PATIENCE)
    given, took = crowd(door, "/archive", 2 * fit)
    counts = Counter(each.status for each in given)
    assert set(counts) == {200, 503}
    assert took >= (counts[200] - 2) / pace
    assert {each.headers.get("retry-after") for each in given if each.status == 503} == {"5"}


def test_a_crowd_waits_for_nothing_while_nothing_is_urgent(home: Path) -> None:
    given, _ = crowd(Gate(Pages(**SHARED)), "/archive", 2000)
    assert {each.status for each in given} == {200}


def test_health_is_told_in_haste_as_ever(haste: Path) -> None:
    given, _ = crowd(Gate(Pages(**SHARED)), "/health", 2000)
    assert {each.status for each in given} == {200}


def test_pages_that_must_be_made_have_fewer_places_in_haste(haste: Path) -> None:
    app = Pages(seconds=0.01)
    given, _ = crowd(Gate(app), "/preferences/token", 100)
    assert app.most == max((os.cpu_count() or 1) // 2, 1)
    assert {each.status for each in given} == {200, 503}


def test_the_desk_has_all_its_places_in_haste(haste: Path) -> None:
    app = Pages(seconds=0.05)
    crowd(Gate(app), "/desk/", 50)
    assert app.most == traffic.DESK.places


def test_once_the_haste_is_over_every_place_is_there_again(haste: Path) -> None:
    places = Places(4, 60.0, GivingWay(haste, processors=2))
    at_once = most = 0

    async def page() -> None:
        nonlocal at_once, most
        async with places.place():
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0.02)
            at_once -= 1

    async def story() -> None:
        async with asyncio.timeout(60):
            line = [asyncio.create_task(page()) for _ in range(30)]
            await asyncio.sleep(0.1)
            assert most == 1
            (haste / "haste").unlink()
            await asyncio.gather(*line)
            assert most == 4
            await asyncio.gather(*[page() for _ in range(4)])

    asyncio.run(story())


def test_a_place_rests_and_who_would_come_too_late_for_that_is_told_at_once(haste: Path) -> None:
    places = Places(4, 0.3, GivingWay(haste, processors=2))

    async def story() -> int:
        turned = 0
        for _ in range(8):
            try:
                async with places.place(time.monotonic()):
                    await asyncio.sleep(0.02)
            except Full:
                turned += 1
        return turned

    assert asyncio.run(story()) == 7


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of_alert", [True, False])
def test_an_alert_makes_haste_and_an_edition_does_not(home: Path, *, of_alert: bool) -> None:
    moment = now()
    if of_alert:
        scene.readers(300, None, now=moment)
        frozen = scene.alert(now=moment)
        send = Send.objects.get(pk=plan_alert(frozen.alert_id, 1, now=moment).send_ids[0])
        fan_out(send.pk, now=moment)
    else:
        send = scene.running_edition(300, now=moment)
    # It holds for a second only, which a slow machine spends on writing the readers down.
    assert (home / "haste").exists() == of_alert
    (home / "haste").unlink(missing_ok=True)
    send_some(send.pk, channel=Scripted())
    assert Delivery.objects.filter(state=Delivery.State.SENT).count() == 300
    assert (home / "haste").exists() == of_alert
