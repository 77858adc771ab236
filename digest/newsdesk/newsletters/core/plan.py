"""What a newsletter is to be, read from a form: every mistake beside its field, with the remedy."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from digest.kit.text import one_line
from digest.newsdesk.newsletters.core.calendar import Cadence, Exempt

NAME_LIMIT, PROMISE_LIMIT = 120, 300
MOST_ITEMS = 30
LONGEST = {"lead": 24 * 60, "grace": 24 * 60, "spread": 12 * 60}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
)
APPROVALS = ("editor", "rule", "cut-off")
MOST_BREAKS = 50
# So many that a slot is always found, by a calendar that looks for one over two years.
MOST_CLOSED = 400
_DATE = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_BREAK = re.compile(rf"{_DATE}(?: ?(?:to|–) ?{_DATE})? ?(.*)")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Break:
    """Local dates on which it does not go: a holiday, or a pause; and why."""

    first: date
    last: date
    words: str = ""

    def __str__(self) -> str:
        """As it is typed: ``2026-12-25 Christmas``, ``2026-12-24 to 2027-01-02``."""
        dates = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{dates} {self.words}".strip()


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
    cut_off: timedelta | None
    pairs_of_eyes: int
    size: int
    topic_ids: tuple[int, ...]
    channels: tuple[str, ...]
    sender_name: str
    reply_to: str
    is_open: bool
    breaks: tuple[Break, ...] = ()

    @property
    def cadence(self) -> Cadence:
        """Its rhythm, without the dates on which it does not go."""
        closed = tuple(Exempt(each.first, each.last) for each in self.breaks)
        return Cadence(self.days, self.local_time, self.time_zone, closed)


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
    no_zone, (breaks, no_break) = _no_zone(zone), read_breaks(texts.get("breaks", ""))
    approval, cut_off = texts.get("approval") or "editor", _whole(texts.get("cut_off", ""))
    at_cut_off = approval == "cut-off"
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
        ("approval", approval in APPROVALS, "Choose who lets it go."),
        ("cut_off", not at_cut_off or 0 < cut_off <= LONGEST["lead"],
         f"Write minutes before its hour, from 1 to {LONGEST['lead']}."),
        ("breaks", not no_break, no_break),
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
        publishes_by_rule=approval in ("rule", "cut-off"),
        cut_off=timedelta(minutes=cut_off) if at_cut_off else None,
        pairs_of_eyes=2 if texts.get("two_eyes", "") == "on" else 1, breaks=breaks,
        is_open=texts.get("is_open", "") == "on", sender_name=sender, reply_to=reply,
        **{key: timedelta(minutes=length) for key, length in minutes.items()},
    )  # fmt: skip
    return plan, {}


def read_breaks(text: str) -> tuple[tuple[Break, ...], str]:
    """The breaks in a field, one a line, and what is wrong with the first line that is wrong."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _BREAK.fullmatch(one_line(line))
        try:
            first = date.fromisoformat(match[1]) if match else date.min
            last = date.fromisoformat(match[2] or match[1]) if match else date.min
        except ValueError:
            match = None
        if match is None:
            return (), f"“{line[:60]}” is no date: write 2026-12-25, or 2026-12-24 to 2027-01-02."
        if last < first:
            return (), f"“{line[:60]}” ends before it begins."
        found.append(Break(first, last, match[3][:120]))
    closed = sum((each.last - each.first).days + 1 for each in found)
    if len(found) > MOST_BREAKS or closed > MOST_CLOSED:
        return (), f"Write {MOST_BREAKS} lines and {MOST_CLOSED} days at most; those over may go."
    return tuple(sorted(found, key=lambda each: (each.first, each.last))), ""


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
