"""What an editor's form says of an alert: its words, in several languages, and its picture."""

from dataclasses import dataclass, field

from django.http import HttpRequest

from digest.audience.core import languages
from digest.newsdesk.alerts.core.words import AlertWords
from digest.web.desk import given

_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class AlertForm:
    """What was typed. ``carries_words``: the form holds the alert's words; that of a withdrawal
    does not. ``others``: what it says in the languages that we speak to readers, those left empty
    are none; ``reasons`` the same of a withdrawal. ``picture``: the address of the one it shows,
    empty for none, None where the form showed none to decide about.
    """

    headline: str = ""
    summary: str = ""
    reason: str = ""
    is_biggest: bool = False
    carries_words: bool = False
    picture: str | None = None
    lock_version: int = -1
    others: dict[str, AlertWords] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> "AlertForm":
        """What was posted; nothing of a page that is only looked at."""
        typed = {
            tag: AlertWords(_words(request, f"headline_{tag}"), _words(request, f"summary_{tag}"))
            for tag in languages.SPOKEN
        }
        return cls(
            headline=_words(request, "headline"),
            summary=_words(request, "summary"),
            reason=_words(request, "reason"),
            is_biggest=request.POST.get("biggest") == "on",
            carries_words="headline" in request.POST,
            picture=_picture(request),
            lock_version=given.number(request.POST.get("lock_version", "")),
            others={tag: each for tag, each in typed.items() if each.headline or each.summary},
            reasons={tag: _words(request, f"reason_{tag}") for tag in languages.SPOKEN},
        )


def _picture(request: HttpRequest) -> str | None:
    """The box says whether, a field beside it which one: a box left empty is not sent at all."""
    if "picture_seen" not in request.POST:
        return None
    return _words(request, "picture_seen") if request.POST.get("picture") == "on" else ""


def _words(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")[:_LONGEST].replace("\x00", "")
