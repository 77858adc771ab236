"""The part of a reader's own page on breaking alerts: about what, how many, and when none."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import time

from django.http import QueryDict

from digest.audience.core.alert_rules import MOST_A_DAY, AlertRules
from digest.models import Topic
from digest.web.public.offers import Offers
from digest.web.public.own.standing import ReaderChoices
from digest.web.public.speech import gettext

LIMITS = (1, 2, 3, 5, 10, MOST_A_DAY)
HOURS = tuple(f"{hour:02}:00" for hour in range(24))


@dataclass(frozen=True, slots=True)
class AlertWishes:
    """What the form shows: the rules, or what was typed and the words beside it."""

    topics: tuple[tuple[str, str, bool], ...]
    biggest_only: bool
    most_a_day: str
    quiet_from: str
    quiet_until: str
    about: str
    said: str
    trouble: str = ""
    hours: tuple[str, ...] = HOURS
    limits: tuple[int, ...] = LIMITS

    @property
    def is_special(self) -> bool:
        """Whether anything differs from every alert at once."""
        return self.said != spelled((), AlertRules())


def spelled(topics: Iterable[str], rules: AlertRules) -> str:
    """The rules in one line, which a form carries to tell what its reader changed."""
    begins, ends = rules.quiet or (None, None)
    quiet = f"{begins:%H:%M}-{ends:%H:%M}" if begins is not None and ends is not None else ""
    slugs = " ".join(sorted(topics))
    return f"{slugs}|{rules.biggest_only:d}|{rules.most_a_day or ''}|{quiet}"


def shown(own: ReaderChoices, on_offer: Offers) -> AlertWishes | None:
    """The form as the reader's rules fill it in; None for who gets no alerts."""
    rules = own.alert_rules
    if rules is None:
        return None
    begins, ends = rules.quiet or (None, None)
    chosen = dict(own.alert_topics)
    return AlertWishes(
        topics=_topics(own, on_offer, chosen),
        biggest_only=rules.biggest_only,
        most_a_day=str(rules.most_a_day or ""),
        quiet_from=f"{begins:%H:%M}" if begins is not None else "",
        quiet_until=f"{ends:%H:%M}" if ends is not None else "",
        about="topics" if rules.topics else "all",
        said=spelled(chosen, rules),
    )


def given(form: QueryDict, own: ReaderChoices, on_offer: Offers) -> AlertRules | AlertWishes | None:
    """The rules that a form asks for, or the form with what is wrong with it.

    None when nothing in it differs from what it showed, or it had no such part.
    """
    if "was_alerts" not in form or own.alert_rules is None:
        return None
    said = str(form.get("was_alerts"))[:5_000]
    about = "topics" if form.get("about") == "topics" else "all"
    chosen = _known(form.getlist("alert_topics")) if about == "topics" else {}
    begins, ends = _hour(form.get("quiet_from", "")), _hour(form.get("quiet_until", ""))
    most = form.get("most_a_day", "")
    rules = AlertRules(
        topics=frozenset(chosen.values()),
        biggest_only=form.get("biggest_only") == "on",
        most_a_day=int(most) if most in map(str, LIMITS) else None,
        quiet=(begins, ends) if begins is not None and ends is not None else None,
    )
    trouble = ""
    if about == "topics" and not chosen:
        trouble = gettext("Choose at least one topic, or alerts on everything.")
    elif (begins is None) != (ends is None):
        trouble = gettext("Quiet hours need both a beginning and an end.")
    elif begins is not None and begins == ends:
        trouble = gettext("Quiet hours cannot end when they begin.")
    if not trouble:
        return None if spelled(chosen, rules) == said else rules
    return AlertWishes(
        topics=_topics(own, on_offer, chosen),
        biggest_only=rules.biggest_only,
        most_a_day=str(rules.most_a_day or ""),
        quiet_from=f"{begins:%H:%M}" if begins is not None else "",
        quiet_until=f"{ends:%H:%M}" if ends is not None else "",
        about=about,
        said=said,
        trouble=trouble,
    )


def _topics(
    own: ReaderChoices, on_offer: Offers, chosen: Collection[str]
) -> tuple[tuple[str, str, bool], ...]:
    """Topics that are open, and those chosen before that are closed by now."""
    names = {each.slug: each.name for each in on_offer.topics} | dict(own.alert_topics)
    return tuple((slug, name, slug in chosen) for slug, name in names.items())


def _known(slugs: list[str]) -> dict[str, int]:
    asked = [each for each in slugs[:5_000] if "\x00" not in each]
    return dict(Topic.objects.filter(slug__in=asked).values_list("slug", "pk"))


def _hour(value: str) -> time | None:
    return time.fromisoformat(value) if value in HOURS else None
