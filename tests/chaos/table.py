"""What a list of fault runs came to, in one table for whoever ran it."""

from collections.abc import Iterable
from typing import Any

_HEADS = ("case", "lost", "more than two", "health said so", "recovered", "seconds", "")


def table(cases: Iterable[dict[str, Any]]) -> str:
    """A line a case; a dash where a case has no such figure."""
    rows = [_HEADS, *(_row(each) for each in cases)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    return "\n".join(
        "  ".join(
            word.ljust(width) if not column else word.rjust(width)
            for column, (word, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(case: dict[str, Any]) -> tuple[str, ...]:
    return (
        case["case"],
        _figure(case.get("lost")),
        _figure(case.get("received_more")),
        _figure(case.get("health_said_s"), " s"),
        _figure(case.get("recovered_s"), " s"),
        _figure(case.get("seconds")),
        "ok" if case["ok"] else f"FAILED {case.get('error', '')}".strip(),
    )


def _figure(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value}{unit}"
