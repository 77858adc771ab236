"""What the Cloud API's errors mean for a send. Pure.

Codes as of Graph v23; grouped by what to do, since Meta asks to build on codes, not on titles.
"""

from typing import Any

from digest.outbound.channels.base import Rejected

WINDOW_CLOSED = 131047
MARKETING_ELSEWHERE = 131063

# Too fast, or Meta is unwell: soon again.
_SOON = {1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004, 135000}
# The reader has had enough marketing today, or is in an experiment: hours later, if ever.
_LATE = {130472, 131049}
# This reader will not get it: opted out, not on WhatsApp, ourselves, outside the test list.
_NEVER = {100, 131008, 131009, 131021, 131026, 131030, 131047, 131050, 131062, 137000}
# The template cannot be sent: paused, disabled, unknown, or our words do not fit it.
_TEMPLATE = {
    *(132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 132069),
    *(131051, 131052, 131053),
}
# Said of a message by a template: that may be the template's fault, so that another may still go.
# A button that is not as Meta has it is 100, 131008 or 132012 ("Button at index 0 of type Url
# requires a parameter").
MAYBE_THE_TEMPLATE = frozenset({100, 131008, 131009, *_TEMPLATE})
# Meta could not fetch the picture, or cannot use it: told by a status as a rule, for it is fetched
# after the message was accepted.
ABOUT_THE_PICTURE = frozenset({131052, 131053})
# Nothing gets through: token, permission, payment, spam limit, country, locked account, a number
# that is not registered or whose name is not approved.
_CHANNEL = {
    *(0, 3, 10, 33, 190, 368, 130497, 131005, 131031, 131037, 131042, 131044, 131045, 131048),
    *(131063, 131064, 134011),
    *(133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016),
    *range(200, 300),
}
# Said of the reader: who opted out has left; who cannot be reached may have no WhatsApp any more.
OPTED_OUT, UNREACHED = 131050, 131026
LATE_AFTER = 4 * 3600.0
PAIR_AFTER = 60.0
_PAIR_LIMIT = 131056


def refusal(status: int, body: Any, retry_after: float | None) -> Rejected:
    """The refusal that an HTTP answer other than 200 stands for."""
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    code = error.get("code")
    code = code if isinstance(code, int) else None
    said = status if code is None else code
    reply = _words(said, error)
    if code in _TEMPLATE | _CHANNEL or (code is None and status in (401, 403, 404)):
        return Rejected(reply, said, permanent=False, scope="channel")
    if code in _LATE:
        return Rejected(reply, code, permanent=False, retry_after=retry_after or LATE_AFTER)
    if code in _SOON or status == 429 or status >= 500:
        pair = PAIR_AFTER if code == _PAIR_LIMIT else None
        return Rejected(reply, said, permanent=False, retry_after=retry_after or pair)
    of_reader = code in {OPTED_OUT, UNREACHED}
    return Rejected(reply, said, permanent=True, recipient=of_reader)


def stops_the_channel(code: int) -> bool:
    """Whether an error that came later, by a status, says that nothing else will get through."""
    return code in _CHANNEL


def _words(code: int, error: dict[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    words = str(details or error.get("message") or "no reason given")[:500]
    return f"{code} {words}"
