"""The readers' forms: what they may send, and the words beside a field that cannot be used."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import QueryDict

from digest.audience.core.choices import ChosenHour, Visit
from digest.audience.kinds import AddressDoubt, BadAddress
from digest.kit import clock
from digest.outbound.channels import registry
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.messages.hours import is_zone
from digest.web.public.offers import Offers
from digest.web.public.speech import gettext
from digest.web.public.times import RHYTHMS

BEGIN_AGAIN = "now"
KINDS = frozenset({"newsletters", "topics", "alerts"})
PAUSES = [(str(days), str(days)) for days in (7, 14, 30, 90)]
_MOST_SHOWN = 5_000


class _Wishes(forms.Form):
    """What and when: shared by signing up and by the reader's own page."""

    newsletters = forms.MultipleChoiceField(required=False)
    topics = forms.MultipleChoiceField(required=False)
    alerts = forms.BooleanField(required=False)
    rhythm = forms.ChoiceField(
        choices=[(key, key) for key in RHYTHMS],
        required=False,
    )
    hour = forms.CharField(required=False, max_length=5)
    zone = forms.CharField(required=False, max_length=64)

    def __init__(self, offers: Offers, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = offers
        self.asked_about = ""
        gone = {
            "invalid_choice": gettext("Something here is no longer offered: please choose again.")
        }
        days = {"invalid_choice": gettext("Choose one of the days on the list.")}
        self.fields["rhythm"].error_messages |= days
        for name, on_offer in (("newsletters", offers.newsletters), ("topics", offers.topics)):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)  # declared above
            field.choices = [(each.slug, each.name) for each in on_offer]
            field.error_messages |= gone

    def clean_rhythm(self) -> str:
        """Every day unless something else was chosen."""
        return self.cleaned_data["rhythm"] or "daily"

    def clean_hour(self) -> time:
        """An hour and minute; seven when the field was not sent."""
        try:
            given = time.fromisoformat(self.cleaned_data["hour"] or "07:00")
        except ValueError:
            raise forms.ValidationError(gettext("Write the hour like 07:00.")) from None
        return given.replace(second=0, microsecond=0, tzinfo=None)

    def clean_zone(self) -> str:
        """An IANA zone; the newsroom's own when the field was not sent."""
        # A browser's guess that we do not know is no mistake of the reader's.
        guess = self.data.get("zone_guess", "")
        fallback = guess if is_zone(guess) else self.offers.zone
        zone: str = self.cleaned_data["zone"] or fallback
        if not is_zone(zone):
            raise forms.ValidationError(gettext("Choose a place on the list."))
        return zone

    @property
    def given(self) -> QueryDict:
        """What was sent, to be shown again; empty before anything was."""
        return self.data if isinstance(self.data, QueryDict) else QueryDict()

    @property
    def complaints(self) -> dict[str, str]:
        """The words to put beside each field."""
        if not self.is_bound:
            return {}
        return {name: " ".join(map(str, words)) for name, words in self.errors.items()}

    def when(self) -> dict[str, Any]:
        """The schedule's columns."""
        frequency, days = RHYTHMS[self.cleaned_data["rhythm"]]
        return {
            "frequency": frequency,
            "days": days,
            "local_time": self.cleaned_data["hour"],
            "time_zone": self.cleaned_data["zone"],
        }

    def what(self) -> dict[str, Any]:
        """The targets' slugs."""
        return {
            "newsletters": tuple(self.cleaned_data["newsletters"]),
            "topics": tuple(self.cleaned_data["topics"]),
            "alerts": self.cleaned_data["alerts"],
        }


def doubtful(channel: ChannelSpec, address: str) -> str:
    """``address`` where there is something to ask about it, and it may be right; else nothing."""
    doubt = channel.address.doubts(address)
    return address if doubt is not None and _rule(channel, doubt) != "refuse" else ""


def question(channel: ChannelSpec, address: str, believed: str) -> None:
    """Ask about a doubtful address once; who sends the same again is ``believed``.

    Raises :class:`~digest.audience.kinds.BadAddress` with the question.
    """
    doubt = channel.address.doubts(address)
    if doubt is None:
        return
    words = gettext(doubt.words) % {"address": doubt.meant}
    rule = _rule(channel, doubt)
    if rule == "refuse":
        other = gettext("Please use another one.")
        raise BadAddress(f"{words} {other}")
    if rule != "accept" and believed != address:
        again = gettext("If %(address)s is right, press the button once more.")
        raise BadAddress(f"{words} {again % {'address': address}}")


def _rule(channel: ChannelSpec, doubt: AddressDoubt) -> str:
    """What the newsroom wants done about such a doubt: ask, accept or refuse."""
    setting = dict(channel.address_policy).get(doubt.kind)
    return str(getattr(registry.config(channel.name, settings), setting)) if setting else "ask"


class SignUpForm(_Wishes):
    """The sign-up box. ``reference`` is a trap: people do not see it, programs fill it in.

    Only the stylesheet says that it is not shown, and no browser fills a field of that name.
    """

    channel = forms.CharField(required=False, max_length=32)
    reference = forms.CharField(required=False)

    def __init__(self, offers: Offers, *args: Any, **kwargs: Any) -> None:
        super().__init__(offers, *args, **kwargs)
        for each in offers.channels:
            kind = each.address
            self.fields[kind.field] = forms.CharField(required=False, max_length=kind.longest)

    def clean_channel(self) -> str:
        """A channel that is offered; the first one when the field was not sent."""
        offered = [each.name for each in self.offers.channels]
        channel: str = self.cleaned_data["channel"] or next(iter(offered), "")
        if channel not in offered:
            raise forms.ValidationError(gettext("Choose one of the channels."))
        return channel

    def clean(self) -> dict[str, Any]:
        """The address must fit its channel, and something must be picked that comes by it."""
        data = super().clean() or self.cleaned_data
        chosen = [each for each in self.offers.channels if each.name == data.get("channel")]
        for each in chosen:
            try:
                data["address"] = each.address.normalise(data.get(each.address.field) or "")
                self._question(each, data["address"])
            except BadAddress as error:
                self.add_error(each.address.field, gettext(str(error)))
            self._check_channel(data, each)
        sound = "newsletters" in data and "topics" in data
        if sound and not any(self.what().values()):
            self.add_error("topics", gettext("Choose at least one of these."))
        return data

    def _question(self, channel: ChannelSpec, address: str) -> None:
        """Ask about a doubtful address once."""
        self.asked_about = doubtful(channel, address)
        question(channel, address, self.data.get("asked_about", ""))

    def _check_channel(self, data: dict[str, Any], channel: ChannelSpec) -> None:
        for offer in self.offers.newsletters:
            chosen = offer.slug in data.get("newsletters", ())
            if chosen and offer.channels and channel.name not in offer.channels:
                words = gettext("%(name)s does not come by %(channel)s.")
                told = {"name": offer.name, "channel": gettext(channel.label)}
                self.add_error("newsletters", words % told)

    @property
    def is_trapped(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.data.get("reference"))


class PreferencesForm(_Wishes):
    """The reader's own page."""

    pause = forms.ChoiceField(
        choices=[("", "As it is"), (BEGIN_AGAIN, "Begin again now"), *PAUSES],
        required=False,
    )

    pause_date = forms.DateField(required=False)

    def __init__(self, offers: Offers, *args: Any, **kwargs: Any) -> None:
        super().__init__(offers, *args, **kwargs)
        wrong = {"invalid": gettext("Write the day like 2026-12-24.")}
        self.fields["pause_date"].error_messages |= wrong

    def clean_pause_date(self) -> date | None:
        """The day on which it begins again: one to come, within a year."""
        day: date | None = self.cleaned_data["pause_date"]
        # It is the reader's day that is meant, and their zone was read before this field.
        zone = self.cleaned_data.get("zone") or "UTC"
        today = clock.now().astimezone(ZoneInfo(zone)).date()
        if day is not None and not today < day <= today + timedelta(days=366):
            raise forms.ValidationError(gettext("Choose a day to come, within a year."))
        return day

    def _pause_until(self, now: datetime) -> datetime | None:
        day, pause = self.cleaned_data["pause_date"], self.cleaned_data["pause"]
        if day is not None:
            return datetime.combine(day, time(), ZoneInfo(self.cleaned_data["zone"]))
        return now + timedelta(days=int(pause)) if pause.isdecimal() else None

    def visit(self, now: datetime) -> Visit:
        """What the reader changed of what the page had shown."""
        pause = self.cleaned_data["pause"]
        return Visit(
            was=frozenset(self._was()),
            picked=frozenset(
                [("newsletters", slug) for slug in self.cleaned_data["newsletters"]]
                + [("topics", slug) for slug in self.cleaned_data["topics"]]
                + ([("alerts", "on")] if self.cleaned_data["alerts"] else [])
            ),
            hour=self._hour(),
            pause_until=self._pause_until(now),
            resume=pause == BEGIN_AGAIN,
            rests=tuple(self._rests(now)),
        )

    def _rests(self, now: datetime) -> Iterator[tuple[tuple[str, str], datetime | None]]:
        """Single things that are to rest for so many days, or to begin again."""
        days = dict(PAUSES)
        for field in list(self.given)[:_MOST_SHOWN]:
            rest, _, key = field.partition(":")
            kind, _, slug = key.partition(":")
            value = str(self.given.get(field))
            if rest != "rest" or kind not in KINDS or not (value in days or value == BEGIN_AGAIN):
                continue
            yield (kind, slug), None if value == BEGIN_AGAIN else now + timedelta(days=int(value))

    def _was(self) -> Iterator[tuple[str, str]]:
        for each in self.given.getlist("was")[:_MOST_SHOWN]:
            kind, colon, slug = each.partition(":")
            if colon and kind in KINDS:
                yield kind, slug

    def _hour(self) -> ChosenHour:
        """The parts that came back otherwise than they were shown."""
        frequency, days = RHYTHMS[self.cleaned_data["rhythm"]]
        rhythm = self._differs("rhythm")
        return ChosenHour(
            frequency=frequency if rhythm else None,
            days=days if rhythm else None,
            local_time=self.cleaned_data["hour"] if self._differs("hour") else None,
            time_zone=self.cleaned_data["zone"] if self._differs("zone") else None,
        )

    def _differs(self, name: str) -> bool:
        sent = self.given.get(name, "")
        return bool(sent) and sent != self.given.get(f"was_{name}", "")
