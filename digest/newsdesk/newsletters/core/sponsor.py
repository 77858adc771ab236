"""A sponsor's words in a newsletter, read from a form: every mistake beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from digest.kit.text import is_https, one_line

NAME_LIMIT, TEXT_LIMIT, ALT_LIMIT = 80, 300, 200
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class SponsorPlan:
    """Who pays, what they say, where it leads, and from when to when, in local dates."""

    first: date
    last: date
    name: str
    text: str
    url: str
    picture: str = ""
    picture_alt: str = ""


def read_sponsor(texts: Mapping[str, str]) -> tuple[SponsorPlan | None, dict[str, str]]:
    """The plan in a form's fields, and what is wrong by field; no plan when anything is."""
    said = {key: one_line(texts.get(key, "")) for key in ("name", "text", "picture_alt")}
    links = {key: texts.get(key, "").strip() for key in ("url", "picture")}
    first, last = _day(texts.get("first", "")), _day(texts.get("last", ""))
    wrong: dict[str, str] = {}
    if not 0 < len(said["name"]) <= NAME_LIMIT:
        wrong["name"] = f"Write who pays for it, in at most {NAME_LIMIT} characters."
    if not 0 < len(said["text"]) <= TEXT_LIMIT:
        wrong["text"] = f"Write what it says, in at most {TEXT_LIMIT} characters."
    if not is_https(links["url"]):
        wrong["url"] = "Write a whole address that begins with https://."
    if links["picture"] and not is_https(links["picture"]):
        wrong["picture"] = "Write a whole address that begins with https://, or leave it empty."
    if links["picture"] and not 0 < len(said["picture_alt"]) <= ALT_LIMIT:
        wrong["picture_alt"] = "Say what the picture shows: many readers hear it and do not see it."
    for key, day in (("first", first), ("last", last)):
        if day is None:
            wrong[key] = "Write a date such as 2026-12-24."
    if first is None or last is None or wrong:
        return None, wrong
    if not 0 <= (last - first).days < MOST_DAYS:
        return None, {"last": "End it on the first day or later, and within a year."}
    return SponsorPlan(first, last, **said, **links), {}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
