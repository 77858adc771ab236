"""How things stand with one address: what its reader's own page shows."""

from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.db import connection

from digest.audience.core import languages, pauses
from digest.audience.core.address_change import MovingTimes
from digest.audience.core.alert_rules import AlertRules
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import ALERTS_NAME
from digest.models import Topic
from digest.web.public import times
from digest.web.public.offers import Offer, Offers
from digest.web.public.speech import gettext


@dataclass(frozen=True, slots=True)
class ReaderChoices:
    """One reader's choices, in the form's own words."""

    address_id: int
    link_generation: int
    channel: str
    value: str
    verified: bool
    newsletters: tuple[str, ...]
    topics: tuple[str, ...]
    alerts: bool
    paused_until: datetime | None
    all_paused: bool
    paused: dict[tuple[str, str], datetime]
    rhythm: str
    hour: str
    zone: str
    when: dict[str, Any]
    closed: tuple[Offer, ...]
    locale: str
    reads: tuple[str, ...]
    moving_to: str = ""
    """The address that is to take the place of this one, and how far that is; else nothing."""
    moving: MovingTimes | None = None
    alert_rules: AlertRules | None = None
    """None without alerts. Their topics stand in ``alert_topics`` by slug, with their names."""
    alert_topics: tuple[tuple[str, str], ...] = ()

    @property
    def follows_nothing(self) -> bool:
        """Whether the reader has left everything."""
        return not (self.newsletters or self.topics or self.alerts)

    @property
    def rests(self) -> tuple[tuple[str, str, datetime | None], ...]:
        """Each thing that is followed: its key, its name, and the end of its pause."""
        named = [(each.kind, each.slug, each.name) for each in self.closed]
        named += [("alerts", "on", gettext(ALERTS_NAME))] if self.alerts else []
        return tuple(
            (f"{kind}:{slug}", name, self.paused.get((kind, slug))) for kind, slug, name in named
        )

    def offers(self, on_offer: Offers) -> Offers:
        """What is on offer on this channel, and what is closed but still followed."""
        on_offer = replace(
            on_offer,
            newsletters=tuple(map(self._noted, on_offer.newsletters)),
            topics=tuple(map(self._noted, on_offer.topics)),
        )
        kept = [
            self._noted(replace(each, note=gettext("No longer open to others")))
            for each in self.closed
            if each.slug not in {o.slug for o in (*on_offer.newsletters, *on_offer.topics)}
        ]
        return replace(
            on_offer,
            newsletters=tuple(
                each
                for each in on_offer.newsletters
                if not each.channels
                or self.channel in each.channels
                or each.slug in self.newsletters
            )
            + tuple(each for each in kept if each.kind == "newsletters"),
            topics=on_offer.topics + tuple(each for each in kept if each.kind == "topics"),
        )

    def _noted(self, offer: Offer) -> Offer:
        """The offer, with the end of its pause in the place of its note."""
        until = self.paused.get((offer.kind, offer.slug))
        return offer if until is None else replace(offer, note=paused(until, self.zone))


def paused(until: datetime, zone: str) -> str:
    """The end of a pause in words."""
    if pauses.is_open(until):
        return gettext("Paused until you begin it again")
    return gettext("Paused until %(time)s") % {"time": times.short_moment(until, zone)}


_WHEN = ("frequency", "days", "local_time", "time_zone")
# One query for all of it: this page is made anew for each reader, and while an article goes round
# the world for thousands.
_STANDING = """
SELECT address.link_generation, address.channel, address.value,
       address.verified_at IS NOT NULL AS verified,
       coalesce(hours.frequency, 'daily') AS frequency, coalesce(hours.days, '1234567') AS days,
       coalesce(hours.local_time, %(seven)s::time) AS local_time,
       coalesce(hours.time_zone, person.time_zone) AS time_zone,
       person.locale, person.languages,
       followed.id IS NOT NULL AS follows, followed.alerts,
       CASE WHEN followed.state = 'paused'
            THEN coalesce(followed.paused_until, %(open)s) END AS paused_until,
       letter.slug AS newsletter, topic.slug AS topic,
       coalesce(letter.name, topic.name, '') AS name,
       topic.names::json AS names,
       coalesce(letter.description, topic.description) AS about,
       moving.value AS moving_to, coalesce(moving.told_at, moving.asked_at) AS told_at,
       moving.confirmed_at, moving.agreed_at,
       rule.topic_ids, rule.biggest_only, rule.most_a_day, rule.quiet_from, rule.quiet_until,
       (SELECT json_agg(json_build_array(t.slug, t.name, t.names) ORDER BY t.position, t.name)
        FROM digest_topic t WHERE t.id = ANY(rule.topic_ids)) AS alert_topics
FROM digest_address address
JOIN digest_subscriber person ON person.id = address.subscriber_id
LEFT JOIN LATERAL (
    SELECT * FROM digest_schedule WHERE address_id = address.id ORDER BY id LIMIT 1
) hours ON true
LEFT JOIN digest_subscription followed
    ON followed.address_id = address.id AND followed.state NOT IN ('pending', 'ended')
LEFT JOIN digest_newsletter letter ON letter.id = followed.newsletter_id
LEFT JOIN digest_topic topic ON topic.id = followed.topic_id
LEFT JOIN digest_alert_rule rule ON rule.subscription_id = followed.id
LEFT JOIN digest_address_change moving
    ON moving.address_id = address.id AND moving.over_at IS NULL
WHERE address.id = %(address)s
ORDER BY name, followed.id
"""


def of(address_id: int) -> ReaderChoices | None:
    """The standing of an address, or None when it was erased."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STANDING,
            {"address": address_id, "seven": f"{times.SEVEN}", "open": pauses.UNTIL_ENDED},
        )
        names = [column.name for column in cursor.description]
        rows = [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    if not rows:
        return None
    own, followed = rows[0], [each for each in rows if each.follows]
    return ReaderChoices(
        address_id=address_id,
        link_generation=own.link_generation,
        channel=own.channel,
        value=own.value,
        verified=own.verified,
        newsletters=tuple(each.newsletter for each in followed if each.newsletter),
        topics=tuple(each.topic for each in followed if each.topic),
        alerts=any(each.alerts for each in followed),
        paused_until=max((s.paused_until for s in followed if s.paused_until), default=None),
        all_paused=all(each.paused_until for each in followed),
        paused={_key(each): each.paused_until for each in followed if each.paused_until},
        rhythm=times.rhythm_of(own.frequency, own.days),
        hour=f"{own.local_time:%H:%M}",
        zone=own.time_zone,
        when={name: getattr(own, name) for name in _WHEN},
        closed=tuple(
            _offer(each, own.locale) for each in followed if each.newsletter or each.topic
        ),
        locale=languages.spoken(own.locale),
        reads=languages.read(own.languages or [own.locale]),
        moving_to=own.moving_to or "",
        moving=MovingTimes(own.told_at, own.confirmed_at, own.agreed_at) if own.told_at else None,
        **_alerts(next((each for each in followed if each.alerts), None), own.locale),
    )


def _alerts(row: SimpleNamespace | None, locale: str) -> dict[str, Any]:
    """The rules of the alerts that are followed, if they are."""
    if row is None:
        return {}
    quiet = (row.quiet_from, row.quiet_until) if row.quiet_from is not None else None
    topics = frozenset(row.topic_ids or ())
    return {
        "alert_rules": AlertRules(topics, bool(row.biggest_only), row.most_a_day, quiet),
        "alert_topics": tuple(
            (slug, Topic(name=name, names=names).name_in(locale))
            for slug, name, names in row.alert_topics or ()
        ),
    }


def when(schedule: Schedule | None) -> str:
    """A schedule in words; empty without one."""
    if schedule is None:
        return ""
    return times.spoken(schedule.frequency, schedule.days, schedule.local_time, schedule.time_zone)


def _key(each: SimpleNamespace) -> tuple[str, str]:
    if each.alerts:
        return "alerts", "on"
    return ("newsletters", each.newsletter) if each.newsletter else ("topics", each.topic)


def _name(each: SimpleNamespace, locale: str) -> str:
    return Topic(name=each.name, names=each.names or {}).name_in(locale)


def _offer(each: SimpleNamespace, locale: str) -> Offer:
    kind, slug = _key(each)
    return Offer(kind, slug, _name(each, locale), each.about, "")
