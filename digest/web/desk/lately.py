"""Who asked for news a moment ago, so that the next question of their page asks no table.

An open page asks every three seconds, and is told a stamp: no word of what it stands for. Who was
let in is therefore let ask for a minute more; every page that shows something looks anew.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest

from digest.staff.members import Member

# A session that ended elsewhere, a role that was taken: so long after it a page may still ask
# whether anything is new. A look at who asks costs more than ten answers.
SECONDS = 60.0
# Pages of a large newsroom; where there are more, all are looked up anew.
_AT_MOST = 2_000


class Lately:
    """Members by the session they asked with, each for a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Member]] = {}

    def find(self, session: str) -> Member | None:
        """Whose session it is, where that was found out a moment ago."""
        known = self._known.get(session)
        return known[1] if known is not None and self._clock() - known[0] < SECONDS else None

    def note(self, session: str, member: Member) -> None:
        """``member`` was let in with ``session`` just now."""
        if not session:
            return
        with self._lock:
            if len(self._known) >= _AT_MOST:
                self._known.clear()
            self._known[session] = (self._clock(), member)

    def drop(self, session: str) -> None:
        """The session is over."""
        with self._lock:
            self._known.pop(session, None)

    def forget(self) -> None:
        """Look everybody up anew."""
        with self._lock:
            self._known.clear()


lately = Lately()


def session_of(request: HttpRequest) -> str:
    """The key of the session that a request brings, empty where it brings none."""
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")


@receiver(post_delete, sender=Session, dispatch_uid="desk.lately")
def _over(*, instance: Session, **_: Any) -> None:
    lately.drop(instance.session_key)
