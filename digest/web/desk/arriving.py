"""How soon an alert was there, in words for the desk."""

from dataclasses import dataclass

from digest.outbound.channels import registry
from digest.outbound.delivery.canaries.watch import LATE_AFTER
from digest.outbound.delivery.figures.arrival import CanaryArrival, arrival, canaries
from digest.web.desk.sends import SendRow


@dataclass(frozen=True, slots=True)
class ArrivingRow:
    """One channel: ``figures`` as label and words; ``canaries`` as address, words, whether late."""

    channel: str
    figures: tuple[tuple[str, str], ...]
    canaries: tuple[tuple[str, str, bool], ...]


def arriving(rows: list[SendRow], seconds_since: float) -> list[ArrivingRow]:
    """Of the latest revision's sends; ``seconds_since``: how long ago it was issued."""
    latest = [each for each in rows if each.send.revision == rows[0].send.revision]
    return [_row(each, seconds_since) for each in latest]


def _row(row: SendRow, seconds_since: float) -> ArrivingRow:
    found = arrival(row.send)
    figures: tuple[tuple[str, str], ...] = ()
    if found is not None:
        figures = (
            ("first", _seconds(found.first)),
            ("half in", _seconds(found.half)),
            ("90 % in", _seconds(found.ninety)),
            ("99 % in", _seconds(found.p99)),
        )
    return ArrivingRow(
        channel=row.channel,
        figures=figures,
        canaries=tuple(
            (registry.masked(row.send.channel, each.value), *_canary(each, seconds_since))
            for each in canaries(row.send)
        ),
    )


def _canary(each: CanaryArrival, seconds_since: float) -> tuple[str, bool]:
    limit = LATE_AFTER.total_seconds()
    if each.is_left_out:
        return "was left out", False
    if each.seconds is None:
        return f"has waited for {_seconds(seconds_since)}", seconds_since > limit
    verb = "arrived" if each.is_seen else "was accepted"
    return f"{verb} after {_seconds(each.seconds)}", each.seconds > limit


def _seconds(value: float) -> str:
    if value < 90:
        return f"{value:.1f} s"
    return f"{value / 60:.0f} min" if value < 5_400 else f"{value / 3600:.0f} h"
