"""The pacer that all workers share: buckets, throttles and places in Redis.

A run asks once per batch, by Redis's own clock. Without Redis each worker has a small share.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from time import monotonic

import redis.asyncio
from redis.exceptions import RedisError

from digest.kit.observe import log
from digest.outbound.delivery.core import bucket, throttle
from digest.outbound.delivery.core.bucket import Bucket
from digest.outbound.delivery.core.limits import Limits, WarmUp, allowance
from digest.outbound.delivery.core.rate import Rate
from digest.outbound.delivery.core.throttle import Throttle
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.pacing.pacer import Grant
from digest.outbound.delivery.pacing.redis_scripts import DRAW, GIVE_BACK, PLACES

Lane = Send.Lane

RANKS = {Lane.ALERTS.value: 0, Lane.TRANSACTIONAL.value: 1, Lane.DIGESTS.value: 2}
# Without Redis nobody knows how many workers there are: this share of a limit is each one's.
FALLBACK = 0.1
# What a batch did not use is kept so many seconds for the next one.
SPARE = 1.0
# After an error Redis is left alone for so long.
_REST = 2.0
# A place in flight is given up when its run has not been heard of for so many seconds.
_PLACE_LEASE = 15.0
# What a throttled domain reported is told to the others, and looked up, this often.
_TELL = 1.0
# Refused rows of a slow domain are spread over at most so many seconds ahead.
_AHEAD = 900.0
_THROTTLE_LIFE = 3600
_LOST = (RedisError, OSError, asyncio.TimeoutError)

PREFIX = "digest:pace:"


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for one run: its channel, its newsletter's scope, all limits, and the warm-up,
    which is None on a channel that needs none."""

    channel: str
    limits: Limits = field(default_factory=Limits)
    newsletters: Mapping[int, str] = field(default_factory=dict)
    warm_up: WarmUp | None = None

    def scopes(self, newsletter: int | None) -> list[str]:
        """What every message of the run counts against."""
        slug = self.newsletters.get(newsletter or 0)
        return [self.channel, *([f"newsletter:{slug}"] if slug else [])]


class SharedPacer:
    """One per run. ``connect`` makes the client inside the run's own event loop."""

    def __init__(
        self,
        policy: Policy,
        connect: Callable[[], "redis.asyncio.Redis"],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._policy = policy
        self._connect = connect
        self._clock = clock
        self._client: redis.asyncio.Redis | None = None
        self._run = uuid.uuid4().hex
        self._rest_until = -1.0
        self._own: dict[str, Bucket] = {}
        # What each grant was drawn from: its rates, and the day's counter of the warm-up.
        self._drawn_from: dict[str, tuple[dict[str, Rate], str]] = {}
        self._spare: dict[str, tuple[int, float]] = {}
        self._throttles: dict[str, Throttle] = {}
        self._told_at = clock()
        self._sent: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._places: dict[str, tuple[int, float]] = {}

    async def acquire(
        self,
        wanted: int,
        *,
        lane: str,
        domain: str = "",
        newsletter: int | None = None,
        relay: str = "",
    ) -> Grant:
        """How many of ``wanted`` messages may go out now; see :class:`~.pace.Pacer`."""
        if relay:
            of_relay = self.rate_of_relay(relay)
            if of_relay is None:
                return Grant(wanted)
            return await self._draw(wanted, {f"relay:{relay}": of_relay}, RANKS[lane])
        if domain:
            grant = await self._of_domain(wanted, lane, domain)
            self._sent[domain] += grant.granted
            return grant
        await self._tell()
        rates = self._rates(newsletter)
        if not rates and self._policy.warm_up is None:
            return Grant(wanted)
        return await self._draw(wanted, rates, RANKS[lane], warm=True)

    def _rates(self, newsletter: int | None) -> dict[str, Rate]:
        """What every message of the run counts against."""
        return {
            scope: rate
            for scope in self._policy.scopes(newsletter)
            if (rate := self._policy.limits.of(scope).rate) is not None
        }

    async def _of_domain(self, wanted: int, lane: str, domain: str) -> Grant:
        rate = self._rate_of_domain(domain)
        if rate is None:
            return Grant(wanted)
        return await self._draw(wanted, {f"@{domain}": rate}, RANKS[lane], queue=True)

    def _rate_of_domain(self, domain: str) -> Rate | None:
        rate = self._policy.limits.domain(domain).rate
        slow = self._throttles.get(domain)
        if slow is not None and (rate is None or slow.rate < rate.per_second):
            return Rate.found(slow.rate)
        return rate

    async def _draw(
        self,
        wanted: int,
        rates: Mapping[str, Rate],
        rank: int,
        *,
        queue: bool = False,
        warm: bool = False,
    ) -> Grant:
        """Lease tokens of every scope at once, those left over from before first."""
        name = " ".join(rates)
        spare = self._take_spare(name, wanted)
        if spare == wanted:
            return Grant(wanted)
        wanted -= spare
        await self._return_stale(self._clock() - SPARE)
        plan = self._policy.warm_up if warm else None
        try:
            if self._clock() < self._rest_until:
                raise ConnectionError("resting")
            today = None if plan is None else await self._warm_up(plan)
            left = "" if today is None else str(today[1])
            day = f"{PREFIX}warm:{today[0]}" if today else f"{PREFIX}warm:none"
            keys = [*_keys(rates), f"{PREFIX}queue:{name}", day]
            said = await self._redis().eval(
                DRAW, len(keys), *keys, wanted, rank, int(queue), left, _AHEAD, "", *_numbers(rates)
            )
            self._drawn_from[name] = (dict(rates), day if today else "none")
            granted, wait, span = int(said[0]), float(said[1]), float(said[2])
        except _LOST as error:
            self._rest(error)
            granted, wait, span = self._draw_alone(wanted, rates, rank, plan)
        return Grant(granted + spare, wait, span)

    def _draw_alone(
        self, wanted: int, rates: Mapping[str, Rate], rank: int, plan: WarmUp | None
    ) -> tuple[int, float, float]:
        """Our small share, kept in this process."""
        shares = {scope: rate.share(FALLBACK) for scope, rate in rates.items()}
        if plan is not None:
            # Nobody can count the day now: at most its first day's volume, spread over the day.
            shares["warm"] = Rate.written(plan.first, 86400, 1)
        now = self._clock()
        for scope, rate in shares.items():
            if scope not in self._own or self._own[scope].rate != rate:
                self._own[scope] = Bucket.full(rate, now)
        names = list(shares)
        drawn = bucket.draw(tuple(self._own[name] for name in names), wanted, rank=rank, now=now)
        self._own.update(zip(names, drawn.buckets, strict=True))
        span = (wanted - drawn.granted) / min(share.per_second for share in shares.values())
        return drawn.granted, drawn.wait, min(span, _AHEAD)

    async def _warm_up(self, plan: WarmUp) -> tuple[str, int] | None:
        """Today's name and allowance, by Redis's clock; None when the plan is over."""
        seconds, _ = await self._redis().time()
        day = datetime.fromtimestamp(seconds, UTC).date()
        number = allowance(plan, day)
        return None if number is None else (day.isoformat(), number)

    def give_back(
        self,
        unused: int,
        *,
        lane: str,
        domain: str = "",
        newsletter: int | None = None,
        relay: str = "",
    ) -> None:
        """Keep what was not used for the next batch, for a moment; then it goes back to all."""
        if relay:
            name = f"relay:{relay}"
        elif domain:
            name = f"@{domain}"
            self._sent[domain] -= unused
        else:
            name = " ".join(self._rates(newsletter))
        if unused > 0 and name in self._drawn_from:
            kept, since = self._spare.get(name, (0, self._clock()))
            self._spare[name] = (kept + unused, since)

    def _take_spare(self, name: str, wanted: int) -> int:
        spare, since = self._spare.get(name, (0, 0.0))
        if not spare or self._clock() - since > SPARE:
            return 0
        taken = min(spare, wanted)
        if taken == spare:
            del self._spare[name]
        else:
            self._spare[name] = (spare - taken, since)
        return taken

    async def _return_stale(self, before: float) -> None:
        """Give what nobody used since then back to the shared state."""
        for name, (unused, since) in list(self._spare.items()):
            if since > before:
                continue
            del self._spare[name]
            rates, day = self._drawn_from[name]
            # What was drawn longer ago has left a short window by now, and nothing is owed.
            rates = {scope: rate for scope, rate in rates.items() if rate.seconds > 10 * SPARE}
            if not rates and day == "none":
                continue
            keys = [*_keys(rates), day]
            try:
                if self._clock() >= self._rest_until:
                    await self._redis().eval(
                        GIVE_BACK, len(keys), *keys, unused, "", *_numbers(rates)
                    )
            except _LOST as error:
                self._rest(error)

    def heard(self, domain: str, code: int | None, reply: str) -> None:
        """Note a refusal that is about speed."""
        if domain and throttle.too_fast(code, reply):
            self._refused[domain] += 1

    async def _tell(self) -> None:
        """Once a second: judge what was heard, tell it, and learn which domains are slow."""
        now = self._clock()
        seconds = now - self._told_at
        if seconds < _TELL or now < self._rest_until:
            return
        sent, self._sent = self._sent, Counter()
        refused, self._refused = self._refused, Counter()
        self._told_at = now
        try:
            known = await self._read_throttles()
            whole, micro = await self._redis().time() if refused or known else (0, 0)
            at = whole + micro / 1e6
            for domain in {*refused, *known}:
                before = known.get(domain)
                after = throttle.adapt(
                    before, sent=sent[domain], refused=refused[domain], seconds=seconds, now=at
                )
                if after != before:
                    await self._write_throttle(domain, after)
                    self._say(domain, before, after)
                if after is None:
                    known.pop(domain, None)
                else:
                    known[domain] = after
            self._throttles = known
            await self._renew_places()
        except _LOST as error:
            self._rest(error)

    async def _read_throttles(self) -> dict[str, Throttle]:
        found = await self._redis().hgetall(f"{PREFIX}slow")
        return {_text(name): _throttle(_text(value)) for name, value in found.items()}

    async def _write_throttle(self, domain: str, after: Throttle | None) -> None:
        client, key = self._redis(), f"{PREFIX}slow"
        if after is None:
            await client.hdel(key, domain)
            return
        value = " ".join(repr(each) for each in astuple(after))
        await client.hset(key, domain, value)
        await client.expire(key, _THROTTLE_LIFE)

    def _say(self, domain: str, before: Throttle | None, after: Throttle | None) -> None:
        log.info(
            "a domain's pace changes",
            domain=domain,
            before=before and round(before.rate, 2),
            after=after and round(after.rate, 2),
        )

    async def places(self, wanted: int, *, lane: str, newsletter: int | None = None) -> int:
        """How many messages of this run may be in flight at once, of ``wanted``; one at least,
        but for digests. They are ours until :meth:`close`, or until we have not been heard of.
        """
        granted = wanted
        for scope in self._policy.scopes(newsletter):
            limit = self._policy.limits.of(scope).places
            if limit is not None:
                granted = min(granted, await self._lease(scope, granted, limit, RANKS[lane]))
        return granted if lane == Lane.DIGESTS else max(granted, 1)

    async def places_of_domain(self, domain: str, wanted: int, *, lane: str) -> int | None:
        """How many may be in flight to one domain; None: no limit. One at least."""
        limit = self._policy.limits.domain(domain).places
        if limit is None:
            return None
        return max(await self._lease(f"@{domain}", min(wanted, limit), limit, RANKS[lane]), 1)

    def rate_of_relay(self, relay: str) -> Rate | None:
        """What may go through a relay; None: no limit."""
        return self._policy.limits.relay(relay).rate

    async def places_of_relay(self, relay: str, wanted: int, *, lane: str) -> int | None:
        """How many connections to a relay are ours, digests aside one at least. None: no limit."""
        limit = self._policy.limits.relay(relay).places
        if limit is None:
            return None
        places = await self._lease(f"relay:{relay}", min(wanted, limit), limit, RANKS[lane])
        return places if lane == Lane.DIGESTS else max(places, 1)

    async def _lease(self, scope: str, wanted: int, limit: int, rank: int) -> int:
        # A tenth of the places is the alerts' own, and a second one is kept from the digests, or a
        # confirmation would wait for as long as a digest runs.
        most = max(limit - rank * max(limit // 10, 1), 1)
        try:
            if self._clock() < self._rest_until:
                raise ConnectionError("resting")
            key = f"{PREFIX}places:{scope}"
            granted = int(
                await self._redis().eval(PLACES, 1, key, self._run, wanted, most, _PLACE_LEASE)
            )
        except _LOST as error:
            self._rest(error)
            return max(1, min(wanted, int(most * FALLBACK)))
        self._places[scope] = (granted, most)
        return granted

    async def _renew_places(self) -> None:
        for scope, (held, _) in self._places.items():
            key = f"{PREFIX}places:{scope}"
            await self._redis().eval(PLACES, 1, key, self._run, held, 2**31, _PLACE_LEASE)

    async def close(self) -> None:
        """Give the places up and the connection back."""
        if self._client is None:
            return
        await self._return_stale(self._clock())
        client, self._client = self._client, None
        try:
            for scope in self._places:
                await client.hdel(f"{PREFIX}places:{scope}", self._run)
        except _LOST:
            pass
        await client.aclose()

    def _redis(self) -> "redis.asyncio.Redis":
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _rest(self, error: Exception) -> None:
        if self._clock() >= self._rest_until:
            log.warning("limits cannot be shared for now", reason=str(error))
            self._rest_until = self._clock() + _REST


def _keys(rates: Mapping[str, Rate]) -> list[str]:
    """A rate's state by its scope and length: a new amount goes on with the old count."""
    return [f"{PREFIX}rate:{scope}:{rate.seconds:g}" for scope, rate in rates.items()]


def _numbers(rates: Mapping[str, Rate]) -> list[float]:
    return [
        number
        for rate in rates.values()
        for number in (rate.amount, rate.seconds, rate.burst, bucket.slots_of(rate))
    ]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _throttle(value: str) -> Throttle:
    rate, ceiling, since = (float(each) for each in value.split())
    return Throttle(rate, ceiling, since)
