"""What a newsletter is to be, read from a form: every mistake beside its field, with the remedy."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta

from digest.kit.text import one_line
from digest.newsdesk.newsletters.core.calendar import Cadence

NAME_LIMIT, PROMISE_LIMIT = 120, 300
MOST_ITEMS = 30
LONGEST = {"lead": 24 * 60, "grace": 24 * 60, "spread": 12 * 60}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
)
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class NewsletterPlan:
    """All that an editor decides of a newsletter. ``topic_ids`` empty: it takes every story."""

    name: str
    description: str
    language: str
    time_zone: str
    days: str
    local_time: time
    lead: timedelta
    grace: timedelta
    spread: timedelta
    publishes_by_rule: bool
    size: int
    topic_ids: tuple[int, ...]
    channels: tuple[str, ...]
    sender_name: str
    reply_to: str
    is_open: bool

    @property
    def cadence(self) -> Cadence:
        """Its rhythm."""
        return Cadence(self.days, self.local_time, self.time_zone)


def read_plan(
    texts: Mapping[str, str],
    lists: Mapping[str, Sequence[str]],
    *,
    topics: Collection[int],
    channels: Collection[str],
) -> tuple[NewsletterPlan | None, dict[str, str]]:
    """The plan in a form's fields, and what is wrong by field; no plan when anything is.

    ``topics`` and ``channels`` are those there are: what a form names beside them is left out.
    """
    name, promise = one_line(texts.get("name", "")), one_line(texts.get("description", ""))
    language, zone = texts.get("language", "").strip(), texts.get("time_zone", "").strip()
    days = "".join(each for each in "1234567" if each in lists.get("days", ()))
    clock = _TIME.fullmatch(texts.get("local_time", "").strip())
    at = time(int(clock[1]), int(clock[2])) if clock else time()
    minutes = {key: _whole(texts.get(key, "")) for key in LONGEST}
    size = _whole(texts.get("size", ""))
    offered = tuple(each for each in channels if each in lists.get("channels", ()))
    sender, reply = one_line(texts.get("sender_name", "")), texts.get("reply_to", "").strip()
    no_zone = _no_zone(zone)
    found = (
        ("name", 0 < len(name) <= NAME_LIMIT,
         f"Give it a name of at most {NAME_LIMIT} characters: readers see it."),
        ("description", len(promise) <= PROMISE_LIMIT,
         f"Shorten it to {PROMISE_LIMIT} characters."),
        ("language", bool(_LANGUAGE.fullmatch(language)),
         "Write a language tag such as en, ko or pt-BR."),
        ("days", bool(days), "Choose a day at least."),
        ("local_time", clock is not None, "Write a time of the day such as 07:00."),
        ("time_zone", not no_zone, no_zone),
        *((key, 0 <= minutes[key] <= most, f"Write minutes, from 0 to {most}.")
          for key, most in LONGEST.items()),
        ("size", 1 <= size <= MOST_ITEMS, f"Write a number of items from 1 to {MOST_ITEMS}."),
        ("channels", bool(offered), "Choose a channel at least: without one nobody can get it."),
        ("sender_name", len(sender) <= NAME_LIMIT, f"Shorten it to {NAME_LIMIT} characters."),
        ("reply_to", not reply or (len(reply) <= 254 and bool(_EMAIL.fullmatch(reply))),
         "Write one whole email address, or leave it empty."),
    )  # fmt: skip
    wrong = {field: remedy for field, fine, remedy in found if not fine}
    if wrong:
        return None, wrong
    wanted = {int(each) for each in lists.get("topics", ()) if _whole(each) >= 0}
    plan = NewsletterPlan(
        name=name, description=promise, language=language, time_zone=zone, days=days,
        local_time=at, size=size, topic_ids=tuple(sorted(wanted & set(topics))), channels=offered,
        publishes_by_rule=texts.get("publishes_by_rule", "") == "on",
        is_open=texts.get("is_open", "") == "on", sender_name=sender, reply_to=reply,
        **{key: timedelta(minutes=length) for key, length in minutes.items()},
    )  # fmt: skip
    return plan, {}


def _no_zone(name: str) -> str:
    try:
        Cadence("1", time(), name)
    except ValueError as error:
        return str(error)
    return ""


def _whole(text: str) -> int:
    """A whole number of up to nine digits; -1 for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
