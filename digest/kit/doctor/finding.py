"""What the doctor found: one value per thing looked at."""

from dataclasses import asdict, dataclass
from typing import Any

OK, WARNING, ERROR = "ok", "warning", "error"
_WORST_FIRST = (ERROR, WARNING, OK)


@dataclass(frozen=True, slots=True)
class Finding:
    """``subject`` is what was looked at, ``what`` is so, ``remedy`` says what to do about it."""

    subject: str
    state: str
    what: str
    remedy: str = ""


def ok(subject: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding(subject, OK, what)


def warning(subject: str, what: str, remedy: str = "") -> Finding:
    """The service works, but somebody should know."""
    return Finding(subject, WARNING, what, remedy)


def error(subject: str, what: str, remedy: str) -> Finding:
    """Something readers or editors are promised does not work."""
    return Finding(subject, ERROR, what, remedy)


def document(findings: list[Finding]) -> dict[str, Any]:
    """JSON-ready: the worst state, how many of each, and the findings."""
    states = [each.state for each in findings]
    return {
        "state": next((state for state in _WORST_FIRST if state in states), OK),
        "errors": states.count(ERROR),
        "warnings": states.count(WARNING),
        "findings": [asdict(each) for each in findings],
    }
