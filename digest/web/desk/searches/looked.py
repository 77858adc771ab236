"""When an editor last looked at the wire, so that "new since you looked" means something."""

from datetime import datetime, timedelta

from django.http import HttpRequest

from digest.kit import clock

AWAY = timedelta(minutes=20)
_OFTEN = timedelta(seconds=60)
_LAST, _MARK = "wire_looked_last", "wire_looked_mark"


def looked(request: HttpRequest, *, now: datetime) -> datetime:
    """The moment since when a story is new to this editor, and remember that they look now.

    It stands still while they look. After twenty minutes without the wire it is the moment when
    they last had it; somebody who signed in just now has seen nothing of the last 20 minutes. A
    page that brings itself up to date is nobody's look, however long it stands open.
    """
    last = _moment(request, _LAST)
    mark = _moment(request, _MARK) or now - AWAY
    if request.headers.get("X-Desk") == "live":
        # The page asks by itself: nobody has looked, and what is new stays so until somebody does.
        return mark
    if last is not None and now - last > AWAY:
        mark = last
    if last is None or now - last > _OFTEN:
        request.session[_LAST], request.session[_MARK] = now.isoformat(), mark.isoformat()
    return mark


def have_seen(request: HttpRequest) -> None:
    """From now on only what comes later is new."""
    request.session[_LAST] = request.session[_MARK] = clock.now().isoformat()


def _moment(request: HttpRequest, name: str) -> datetime | None:
    kept = request.session.get(name)
    return datetime.fromisoformat(kept) if kept else None
