"""When an edition goes, and by whose word, as one line each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.newsdesk.editions.models import Edition
from digest.web.desk import times

State = Edition.State


@dataclass(frozen=True, slots=True)
class Outlook:
    """``tone`` is soon, done or bad; ``late`` says that approving sends at once."""

    goes: str
    whose_word: str
    tone: str = "soon"
    late: bool = False


def outlook(
    edition: Edition, now: datetime, *, seen_from: str = "", planned: datetime | None = None
) -> Outlook:
    """What will become of ``edition`` if nobody does anything more, seen at ``now``.

    Hours are its own; where the zone of whoever looks is another, they are named by their place.
    At ``planned`` the clock makes the first change that somebody planned before it goes.
    """
    place = times.elsewhere(edition.time_zone, seen_from)
    at = times.day_and_time(edition.slot_at, edition.time_zone, now) + place
    if edition.state == State.PUBLISHED:
        sent = edition.published_at or edition.slot_at
        said = times.day_and_time(sent, edition.time_zone, now) + place
        return Outlook(f"Went out {said}, {times.ago(sent, now)}", _approver(edition), "done")
    if edition.state == State.HELD:
        return Outlook(f"Held, was due {at}", edition.state_reason, "bad", late=True)
    if edition.state in (State.SKIPPED, State.CANCELLED):
        return Outlook(f"{edition.get_state_display()}, was due {at}", edition.state_reason, "bad")
    if edition.state == State.APPROVED:
        goes = f"Goes {at}, {_in(edition.slot_at, now)}"
        return Outlook(goes, _approver(edition), "done", late=edition.slot_at <= now)
    return _draft(edition, at, now, planned)


def _draft(edition: Edition, at: str, now: datetime, planned: datetime | None) -> Outlook:
    newsletter = edition.newsletter
    grace = newsletter.grace if newsletter else timedelta(0)
    if edition.slot_at <= now:
        until = times.clock_time(edition.slot_at + grace, edition.time_zone)
        word = f"Nobody has approved it. At {until} it is held for you to decide."
        return Outlook(f"Was due {at}, {times.ago(edition.slot_at, now)}", word, "bad", late=True)
    return Outlook(f"Goes {at}, {_in(edition.slot_at, now)}", _word_on_draft(edition, planned))


def _word_on_draft(edition: Edition, planned: datetime | None) -> str:
    newsletter = edition.newsletter
    needs_two = newsletter is not None and newsletter.pairs_of_eyes > 1
    word = "the approval of two" if needs_two else "your approval"
    if edition.seen_by is not None:
        return f"approved by {edition.seen_by}; it goes when somebody else approves it too"
    if newsletter is None or not newsletter.publishes_by_rule:
        return f"only with {word}; without it, it is held"
    if edition.stopped_at is not None:
        return f"only with {word}, since an editor stopped the rule"
    if newsletter.cut_off is not None:
        at = times.clock_time(edition.slot_at - newsletter.cut_off, edition.time_zone)
        return f"by rule at {at} unless you stop it"
    if edition.touched_at is not None:
        return f"only with {word}, since an editor changed it"
    if planned is not None:
        # Made by the clock or by hand, a change takes the edition from this rule.
        at = times.clock_time(planned, edition.time_zone)
        return f"only with {word} from {at} on, when a planned change is made"
    return "by rule unless you change or skip it"


def _approver(edition: Edition) -> str:
    if edition.approved_by is None or edition.approved_at is None:
        by_rule = edition.approved_at is not None or edition.state == State.PUBLISHED
        return "by rule" if by_rule else ""
    when = times.clock_time(edition.approved_at, edition.time_zone)
    return f"approved by {edition.approved_by} at {when}"


def _in(at: datetime, now: datetime) -> str:
    return "now" if at <= now else f"in {times.span(at - now)}"
