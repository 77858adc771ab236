"""A series as an editor plans it, read from a form: every mistake beside its field (pure)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from digest.audience.core.languages import SPOKEN
from digest.kit.text import is_https, one_line

NAME_LIMIT, SUBJECT_LIMIT, BODY_LIMIT, LINK_LIMIT = 120, 150, 5_000, 60
MOST_STEPS, LONGEST_WAIT = 20, 365
STEP_FIELDS = ("wait_days", "subject", "body", "link_words", "link_url")
# Which message it is, so that it stays that one when others are put before it.
STEP_ID = "step_id"
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One message: how many days after the one before, its words, and which it is; 0 is new."""

    wait_days: int
    subject: str
    body: str
    link_words: str = ""
    link_url: str = ""
    step_id: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """What its reader reads."""
        return self.subject, self.body, self.link_words, self.link_url


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """All that an editor decides of a series; ``begins_with`` is a key such as ``topics:korea``."""

    name: str
    begins_with: str
    language: str
    local_time: time
    steps: tuple[StepPlan, ...]


def read_series(
    texts: Mapping[str, str], steps: Sequence[Mapping[str, str]], *, offered: Sequence[str]
) -> tuple[SeriesPlan | None, dict[str, str]]:
    """The plan in a form's fields, and what is wrong by field; no plan when anything is.

    Steps without a word in them are left out; the fields of the others end in their number.
    ``offered`` are the keys of what a series may begin with.
    """
    name, begins = one_line(texts.get("name", "")), texts.get("begins_with", "")
    language = texts.get("language", "")
    clock = _TIME.fullmatch(texts.get("local_time", "").strip())
    wrong: dict[str, str] = {}
    if not 0 < len(name) <= NAME_LIMIT:
        wrong["name"] = f"Give it a name of at most {NAME_LIMIT} characters."
    if begins not in offered:
        wrong["begins_with"] = "Choose what its readers have begun to follow."
    if language not in SPOKEN:
        wrong["language"] = "Choose the language that you write it in."
    if clock is None:
        wrong["local_time"] = "Write a time of the day such as 09:00."
    found = []
    for number, fields in enumerate(steps[:MOST_STEPS], start=1):
        if any(fields.get(each, "").strip() for each in STEP_FIELDS if each != "wait_days"):
            step, faults = _step(fields)
            wrong |= {f"{field}-{number}": words for field, words in faults.items()}
            found.append(step)
    if not found:
        wrong["subject-1"] = "Write the first message at least."
    if wrong or clock is None:
        return None, wrong
    at = time(int(clock[1]), int(clock[2]))
    return SeriesPlan(name, begins, language, at, tuple(found)), {}


def _step(fields: Mapping[str, str]) -> tuple[StepPlan, dict[str, str]]:
    said = {key: one_line(fields.get(key, "")) for key in ("subject", "link_words")}
    body = fields.get("body", "").replace("\r\n", "\n").strip()
    wait, url = fields.get("wait_days", "").strip(), fields.get("link_url", "").strip()
    days = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 5 else -1
    wrong: dict[str, str] = {}
    if not 0 <= days <= LONGEST_WAIT:
        wrong["wait_days"] = f"Write days, from 0 to {LONGEST_WAIT}."
    if not 0 < len(said["subject"]) <= SUBJECT_LIMIT:
        wrong["subject"] = f"Write a subject of at most {SUBJECT_LIMIT} characters."
    if not 0 < len(body) <= BODY_LIMIT:
        wrong["body"] = f"Write what it says, in at most {BODY_LIMIT:,} characters."
    if len(said["link_words"]) > LINK_LIMIT or bool(said["link_words"]) != bool(url):
        wrong["link_words"] = f"A button has words, at most {LINK_LIMIT} characters, and a link."
    if url and not is_https(url):
        wrong["link_url"] = "Write a whole address that begins with https://, or leave it empty."
    number = fields.get(STEP_ID, "")
    which = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    return StepPlan(days, said["subject"], body, said["link_words"], url, which), wrong
