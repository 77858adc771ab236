"""Limits that workers share through a real Valkey, and what a worker does without it."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any, TypeVar

import pytest
import redis
import redis.asyncio
from django.conf import settings

from digest.outbound.delivery.core.bucket import Bucket, draw, give_back, slots_of
from digest.outbound.delivery.core.limits import WarmUp, read
from digest.outbound.delivery.core.rate import Rate
from digest.outbound.delivery.pacing.redis_scripts import DRAW, GIVE_BACK
from digest.outbound.delivery.pacing.shared_pacer import FALLBACK, PREFIX, Policy, SharedPacer

Found = TypeVar("Found")


@pytest.fixture(autouse=True)
def clean() -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter(f"{PREFIX}*"):
        client.delete(key)


def here() -> "redis.asyncio.Redis":
    return redis.asyncio.Redis.from_url(settings.REDIS_URL)


def nowhere() -> "redis.asyncio.Redis":
    return redis.asyncio.Redis.from_url("redis://127.0.0.1:1/0", retry=None)


def policy(*words: str, **more: Any) -> Policy:
    return Policy("email", read(words), **more)


def play(scene: Callable[..., Coroutine[Any, Any, Found]], *pacers: SharedPacer) -> Found:
    async def run() -> Found:
        try:
            return await scene(*pacers)
        finally:
            for pacer in pacers:
                await pacer.close()

    return asyncio.run(run())


def test_the_script_decides_as_the_pure_rule_does() -> None:
    client, dice = redis.Redis.from_url(settings.REDIS_URL), random.Random(5)
    for history in range(60):
        rates = [
            Rate.written(dice.choice([0.1, 1, 7.5, 100, 3000]), dice.choice([1.0, 60.0, 86400.0]))
            for _ in range(dice.randint(1, 2))
        ]
        keys = [f"{PREFIX}{history}:{n}" for n in range(len(rates))]
        numbers = [
            number
            for rate in rates
            for number in (rate.amount, rate.seconds, rate.burst, slots_of(rate))
        ]
        buckets, now = tuple(Bucket.full(rate, 1e6) for rate in rates), 1e6
        for number in range(12):
            pause = dice.choice([0, 0.01, 0.3, 2.5, -1, 40, 70_000, -50])
            now = round(now + pause, 3) if number else now
            wanted, rank = dice.randint(1, 400), dice.randint(0, 2)
            drawn = draw(buckets, wanted, rank=rank, now=now)
            said = client.eval(
                DRAW, len(keys) + 2, *keys, f"{PREFIX}q", f"{PREFIX}w",
                wanted, rank, 0, "", 900, now, *numbers,
            )  # fmt: skip
            assert int(said[0]) == drawn.granted  # type: ignore[index]
            assert float(said[1]) == pytest.approx(drawn.wait, abs=1e-3)  # type: ignore[index]
            buckets = drawn.buckets
            if unused := dice.choice([0, 0, drawn.granted // 2]):
                client.eval(GIVE_BACK, len(keys) + 1, *keys, "none", unused, now, *numbers)
                buckets = tuple(give_back(each, unused, now=now) for each in buckets)


def test_all_workers_share_one_limit() -> None:
    async def scene(*pacers: SharedPacer) -> int:
        async def greedy(pacer: SharedPacer) -> int:
            got, until = 0, asyncio.get_running_loop().time() + 1.0
            while asyncio.get_running_loop().time() < until:
                grant = await pacer.acquire(50, lane="digests")
                got += grant.granted
                await asyncio.sleep(min(max(grant.wait, 0.001), 0.1))
            return got

        return sum(await asyncio.gather(*map(greedy, pacers)))

    workers = [SharedPacer(policy("email=100/s"), here) for _ in range(3)]
    assert 75 <= play(scene, *workers) <= 200  # two windows at most


def test_a_rate_by_the_day_lets_a_burst_go_and_outlives_its_workers() -> None:
    async def scene(pacer: SharedPacer) -> int:
        return (await pacer.acquire(1000, lane="alerts")).granted

    limits = policy("email=100/d")
    assert play(scene, SharedPacer(limits, here)) == 100
    assert play(scene, SharedPacer(limits, here)) == 0
    # A day later is the state's own affair; it must not be forgotten before.
    client = redis.Redis.from_url(settings.REDIS_URL)
    (key,) = client.scan_iter(f"{PREFIX}rate:email*")
    assert client.ttl(key) > 86_400  # type: ignore[operator]


def test_what_a_run_did_not_use_of_a_day_is_there_for_the_next() -> None:
    async def scene(pacer: SharedPacer) -> int:
        granted = (await pacer.acquire(60, lane="alerts")).granted
        pacer.give_back(granted - 10, lane="alerts")
        return granted

    limits = policy("email=100/d")
    granted = [play(scene, SharedPacer(limits, here)) for _ in range(11)]
    assert granted == [60, 60, 60, 60, 60, 50, 40, 30, 20, 10, 0]


def test_a_rate_by_the_second_lets_no_second_have_more() -> None:
    async def scene(pacer: SharedPacer) -> list[float]:
        went, loop = list[float](), asyncio.get_running_loop()
        until = loop.time() + 2.5
        while loop.time() < until:
            # Redis judged somewhere between asking and answer.
            asked = loop.time()
            grant = await pacer.acquire(50, lane="digests")
            went += [(asked + loop.time()) / 2] * grant.granted
            await asyncio.sleep(min(max(grant.wait, 0.002), 0.1))
        return went

    went = play(scene, SharedPacer(policy("email=50/s"), here))
    assert len(went) > 60
    for begins in went:
        assert sum(begins <= at < begins + 0.9 for at in went) <= 50


def test_without_limits_nothing_is_asked() -> None:
    async def scene(pacer: SharedPacer) -> None:
        assert (await pacer.acquire(500, lane="digests")).granted == 500
        assert (await pacer.acquire(500, lane="digests", domain="gmail.com")).granted == 500
        assert await pacer.places(10, lane="digests") == 10
        assert await pacer.places_of_domain("gmail.com", 10, lane="digests") is None

    play(scene, SharedPacer(policy(), here))


def test_a_domain_and_a_newsletter_have_limits_of_their_own() -> None:
    async def scene(pacer: SharedPacer) -> None:
        assert (await pacer.acquire(500, lane="digests", newsletter=7)).granted == 7
        assert (await pacer.acquire(500, lane="digests", newsletter=8)).granted == 500
        slow = await pacer.acquire(500, lane="digests", domain="gmail.com")
        assert slow.granted == 3
        assert slow.span == pytest.approx(497 / 20)
        assert (await pacer.acquire(500, lane="digests", domain="gmx.de")).granted == 500

    limits = policy("@gmail.com=20/s", "newsletter:morning=40/s", newsletters={7: "morning"})
    play(scene, SharedPacer(limits, here))


def test_rows_of_a_slow_domain_queue_up_behind_each_other() -> None:
    async def scene(pacer: SharedPacer) -> None:
        first = await pacer.acquire(100, lane="digests", domain="gmail.com")
        second = await pacer.acquire(100, lane="digests", domain="gmail.com")
        assert second.wait == pytest.approx(first.wait + first.span, abs=0.5)

    play(scene, SharedPacer(policy("@gmail.com=10/s"), here))


def test_alerts_go_first() -> None:
    async def scene(digests: SharedPacer, alerts: SharedPacer) -> None:
        await digests.acquire(10_000, lane="digests")
        urgent = await alerts.acquire(10_000, lane="alerts")
        assert urgent.granted >= 6
        assert (await digests.acquire(10, lane="digests")).granted == 0

    limits = policy("email=100/s")
    play(scene, SharedPacer(limits, here), SharedPacer(limits, here))


def test_what_is_given_back_is_used_first() -> None:
    async def scene(pacer: SharedPacer) -> None:
        granted = (await pacer.acquire(1000, lane="digests")).granted
        pacer.give_back(granted, lane="digests")
        assert (await pacer.acquire(granted, lane="digests")).granted == granted

    play(scene, SharedPacer(policy("email=10/s"), here))


def test_a_domain_that_says_too_fast_is_slowed_down_for_everybody() -> None:
    moment = [0.0]

    async def scene(one: SharedPacer, other: SharedPacer) -> None:
        await one.acquire(100, lane="digests", domain="slow.example")
        for _ in range(20):
            one.heard("slow.example", 421, "421 4.7.0 too many messages")
        moment[0] += 2
        await one.acquire(1, lane="digests")
        await other.acquire(1, lane="digests")
        grant = await other.acquire(100, lane="digests", domain="slow.example")
        assert 0 < grant.granted <= 50
        assert grant.wait > 0

    pacers = [SharedPacer(policy(), here, clock=lambda: moment[0]) for _ in range(2)]
    play(scene, *pacers)


def test_places_are_shared_and_given_up() -> None:
    async def scene(one: SharedPacer, other: SharedPacer, alerts: SharedPacer) -> None:
        assert await one.places(10, lane="digests") == 10
        assert await other.places(20, lane="digests") == 6
        assert await alerts.places(10, lane="alerts") == 4
        await one.close()
        assert await other.places(20, lane="digests") == 12

    play(scene, *(SharedPacer(policy("email=;20"), here) for _ in range(3)))


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 20])
def test_digests_that_hold_all_they_may_leave_each_urgent_lane_a_place(limit: int) -> None:
    async def scene(digests: SharedPacer, mails: SharedPacer, alerts: SharedPacer) -> None:
        held = await digests.places(100, lane="digests")
        at_relay = await digests.places_of_relay("mx:25", 100, lane="digests")
        assert held == at_relay == max(limit - 2 * max(limit // 10, 1), 1)
        confirming = await mails.places(100, lane="transactional")
        assert confirming == await mails.places_of_relay("mx:25", 100, lane="transactional")
        assert confirming == max(limit // 10, 1)
        assert await alerts.places(100, lane="alerts") == max(limit // 10, 1)
        if limit >= 3:
            assert held + 2 * confirming == limit

    limits = policy(f"email=;{limit}", f"relay:*=;{limit}")
    play(scene, *(SharedPacer(limits, here) for _ in range(3)))


def test_a_warm_up_lets_digests_through_to_the_day_s_volume_and_alerts_always() -> None:
    async def scene(pacer: SharedPacer) -> None:
        assert (await pacer.acquire(80, lane="digests")).granted == 80
        rest = await pacer.acquire(80, lane="digests")
        assert rest.granted == 20
        full = await pacer.acquire(80, lane="digests")
        assert full.granted == 0
        assert full.wait > 0
        assert (await pacer.acquire(80, lane="alerts")).granted == 80

    plan = WarmUp(date(2000, 1, 1), 100, 1.0, 36500)
    play(scene, SharedPacer(policy(warm_up=plan), here))


def test_without_redis_each_worker_keeps_to_a_small_share() -> None:
    moment = [0.0]

    async def scene(pacer: SharedPacer) -> None:
        got = 0
        for _ in range(40):
            grant = await pacer.acquire(1000, lane="digests")
            got += grant.granted
            assert grant.granted or grant.wait
            moment[0] += max(grant.wait, 0.01)
        assert 0 < got <= 100 * FALLBACK * (moment[0] + 1) + 1
        assert await pacer.places(40, lane="digests") == 3

    limits = policy("email=100/s;40")
    play(scene, SharedPacer(limits, nowhere, clock=lambda: moment[0]))


def test_without_redis_nothing_stands_still() -> None:
    moment = [0.0]

    async def scene(pacer: SharedPacer) -> None:
        await pacer.acquire(10, lane="digests", domain="gmail.com")
        grant = await pacer.acquire(10, lane="digests", domain="gmail.com")
        moment[0] += grant.wait + 0.001
        assert (await pacer.acquire(1, lane="digests", domain="gmail.com")).granted == 1

    play(scene, SharedPacer(policy("@gmail.com=1/s"), nowhere, clock=lambda: moment[0]))
