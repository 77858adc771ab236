"""What the Cloud API's errors mean for a send. Pure.

Codes as of Graph v23; grouped by what to do, since Meta asks to build on codes, not on titles.
"""

from typing import Any

from digest.outbound.channels.base import Rejected

WINDOW_CLOSED = 131047
MARKETING_ELSEWHERE = 131063

# Too fast, or Meta is unwell: soon again.
_SOON = {4, 80007, 130429, 131000, 131016, 131056, 131057, 135000}
# The reader has had enough marketing today, or is in an experiment: hours later, if ever.
_LATE = {130472, 131049}
# This reader will not get it: opted out, not on WhatsApp, ourselves, outside the test list.
_NEVER = {100, 131008, 131009, 131021, 131026, 131030, 131047, 131050, 131062, 137000}
# Nothing gets through: token, permission, payment, spam limit, country, locked account, a
# template that is paused, unknown or differs from ours.
_NOTHING = {
    *(0, 3, 10, 190, 368, 130497, 131031, 131042, 131044, 131048, 131063, 131064),
    *(132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018),
    *range(200, 300),
}
LATE_AFTER = 4 * 3600.0
PAIR_AFTER = 60.0
_PAIR_LIMIT = 131056


def refusal(status: int, body: Any, retry_after: float | None) -> Rejected:
    """The refusal that an HTTP answer other than 200 stands for."""
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    code = error.get("code")
    code = code if isinstance(code, int) else None
    reply = _words(status, code, error)
    if code in _NOTHING or (code is None and status in (401, 403, 404)):
        return Rejected(reply, code or status, permanent=False, scope="channel")
    if code in _LATE:
        return Rejected(reply, code, permanent=False, retry_after=retry_after or LATE_AFTER)
    if code in _SOON or status == 429 or status >= 500:
        pair = PAIR_AFTER if code == _PAIR_LIMIT else None
        return Rejected(reply, code or status, permanent=False, retry_after=retry_after or pair)
    return Rejected(reply, code or status, permanent=True)


def is_known(code: int) -> bool:
    """Whether ``code`` was put into a group on purpose."""
    return code in _SOON | _LATE | _NEVER | _NOTHING


def _words(status: int, code: int | None, error: dict[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    said = str(details or error.get("message") or "no reason given")[:500]
    return f"{code or status} {said}"
