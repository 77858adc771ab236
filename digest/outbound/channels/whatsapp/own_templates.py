"""Our templates as Meta is asked to approve them, and how each stands, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from digest.audience.core.languages import SPOKEN
from digest.outbound.channels.provider_templates import (
    Facts,
    FoundTemplate,
    OwnTemplate,
    TemplateButton,
    TemplateLine,
)
from digest.outbound.channels.report import text
from digest.outbound.channels.whatsapp import button, slots, templates
from digest.outbound.channels.whatsapp.account import TemplateAccount
from digest.outbound.channels.whatsapp.channel import CLOUD_API

_ITEM = "A headline of the day https://example.com/s/abc123"
_ALERT = (
    "Breaking: Ferry with 212 aboard runs aground",
    "The crew and all passengers have been brought ashore, the coast guard says.",
)
_SAMPLES = {
    "alert": (*_ALERT, "https://example.com/ferry"),
    "alert_button": _ALERT,
    "alert_picture": _ALERT,
    "confirm": ("The Meridian", "The morning briefing, Alerts", "https://example.com/confirm/abc"),
    "service": ("The Meridian", "The page where you change what you get", "https://example.com/me"),
}
# What would follow the site in an address.
_PAGE = "2026/ferry-aground"
_GREETING = "The Meridian: Morning briefing, Sat 28 Nov"
_STATES = {
    "PENDING": "in review",
    "IN_APPEAL": "in appeal",
    "LIMIT_EXCEEDED": "not taken, for the account holds too many",
    "FLAGGED": "approved, but its quality is falling",
    "PENDING_DELETION": "about to be deleted",
    **dict.fromkeys(("APPROVED", "REINSTATED", "UNARCHIVED", "ACTIVE"), "approved"),
}
# https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_status_update
_REASONS = {
    "ABUSIVE_CONTENT": "Meta finds it abusive: it breaks the rules of WhatsApp Business.",
    "INCORRECT_CATEGORY": "Meta finds that it belongs to another category.",
    "INVALID_FORMAT": "Meta finds a fault in its form: slots, language or marks.",
    "PROMOTIONAL": "Meta finds that it promotes something, which its category must not.",
    "SCAM": "Meta takes it for a fraud.",
    "TAG_CONTENT_MISMATCH": "Meta finds that its language or category does not match its words.",
}
_WRONG = {"FLAGGED", "LIMIT_EXCEEDED"}
_AGAIN = {"REJECTED", "PAUSED", "DELETED", "LIMIT_EXCEEDED", ""}
_UNSUBMITTED = "Submit it; until it is approved, its readers get it in the newsroom's language."
_UNSUBMITTED_BUTTON = "Submit it; until it is approved, the link stands in the words instead."
_UNSUBMITTED_PICTURE = "Submit it; until it is approved, alerts go out without their picture."
_ARCHIVED_REMEDY = (
    "Take it out of the archive in WhatsApp Manager: Meta deletes it 28 days after it was archived."
)
_REMEDIES = {
    "REJECTED": "Read the reason, then submit it again or appeal in WhatsApp Manager.",
    "PAUSED": "Send less of it to those who do not read it; Meta takes it up again by itself.",
    "DISABLED": "Appeal in WhatsApp Manager.",
    "LOCKED": "See WhatsApp Manager.",
    "ARCHIVED": _ARCHIVED_REMEDY,
    "PENDING_DELETION": "See WhatsApp Manager; a name can be used again 30 days later.",
    "DELETED": "Submit it again; Meta takes a deleted name only after 30 days.",
    "LIMIT_EXCEEDED": "Delete what you do not use in WhatsApp Manager, then submit it again.",
    "FLAGGED": "Send it less often, or only to those who read it: Meta may pause it.",
}


class WhatsAppTemplates:
    """The templates of the channel ``whatsapp``."""

    def ours(self, config: Any) -> tuple[OwnTemplate, ...]:
        """Each of our files in each of our languages."""
        return on_site(config.DIGEST_WHATSAPP_SITE, pictures=bool(config.DIGEST_WHATSAPP_APP_ID))

    def missing(self, config: Any) -> str:
        """Meta is asked by the account's id and the token."""
        needed = ("DIGEST_WHATSAPP_ACCOUNT_ID", "DIGEST_WHATSAPP_TOKEN")
        return " and ".join(each for each in needed if not getattr(config, each))

    async def found(self, config: Any) -> tuple[FoundTemplate, ...]:
        """All of the account."""
        async with _account(config) as account:
            return await account.all()

    async def submit(self, config: Any, own: OwnTemplate, provider_id: str) -> FoundTemplate:
        """Hand one in."""
        async with _account(config) as account:
            return await account.hand_in(own, provider_id)

    def facts(self, found: Iterable[FoundTemplate]) -> dict[str, dict[str, Any]]:
        """As webhooks tell them."""
        return templates.listed(found)

    def goes_as(
        self, facts: Facts, name: str, language: str, link: str, picture: str, config: Any
    ) -> str:
        """As the transport chooses."""
        newsroom = slots.code(config.DIGEST_LANGUAGE or "en")
        link = link if button.base_of(config.DIGEST_WHATSAPP_SITE) else ""
        choice = templates.chosen(facts, name, language, newsroom, link=link, picture=picture)
        return f"{choice.name}:{choice.language}"

    def lines(
        self, facts: Facts, told_at: Mapping[str, datetime], config: Any, *, now: datetime
    ) -> tuple[TemplateLine, ...]:
        """The newsroom's own language first."""
        newsroom = slots.code(config.DIGEST_LANGUAGE or "en")
        idle = timedelta(days=config.DIGEST_WHATSAPP_IDLE_DAYS)
        made = [_line(each, facts, told_at, idle, now) for each in self.ours(config)]
        return tuple(sorted(made, key=lambda line: (line.own.language != newsroom, line.own.name)))


def on_site(site: str, *, pictures: bool = True) -> tuple[OwnTemplate, ...]:
    """All of ours for a newsroom on ``site``; without one there are none with a button.

    ``pictures``: samples of these can be handed in, without which Meta takes no such template.
    """
    base, above = button.base_of(site), slots.samples_of_pictures()
    names = slots.names() if base else slots.names() - slots.with_buttons()
    names = names if pictures else names - above.keys()
    return tuple(
        OwnTemplate(
            name=name,
            language=code,
            tongue=SPOKEN[tag],
            category=templates.submitted_as(name),
            body=slots.body(name, code),
            samples=_samples(name),
            button=_button(name, code, base),
            picture=above.get(name),
        )
        for name in sorted(names)
        for code, tag in slots.TONGUES.items()
    )


def _button(name: str, language: str, base: str) -> TemplateButton | None:
    label = slots.label(name, language)
    return TemplateButton(label, base + button.VARIABLE, _PAGE) if label else None


def _line(
    own: OwnTemplate, facts: Facts, told_at: Mapping[str, datetime], idle: timedelta, now: datetime
) -> TemplateLine:
    stands = templates.standing(facts, own.name, own.language)
    status = stands.status
    usable = status in templates.USABLE
    used_at = told_at.get(f"used:{own.key}")
    remedy = _REMEDIES.get(status, "")
    if not status:
        remedy = _UNSUBMITTED_BUTTON if own.button else _UNSUBMITTED
        remedy = _UNSUBMITTED_PICTURE if own.picture else remedy
    # What was never used is counted from when it could be.
    since = max(filter(None, (used_at, told_at.get(f"status:{own.key}"))), default=None)
    is_idle = usable and since is not None and now - since >= idle
    if is_idle and since is not None:
        remedy = (
            f"Not used for {(now - since).days} days. Meta archives what nobody uses, and deletes"
            " it 28 days later: send a test of it to yourself."
        )
    elsewhere = _elsewhere(own, facts) if usable else ""
    reason = _REASONS.get(stands.reason, stands.reason)
    return TemplateLine(
        # Of what is approved the category cannot be edited.
        own=replace(own, category=stands.category) if usable else own,
        state="idle" if is_idle else _state(status),
        category=stands.category.lower(),
        quality=text(facts.get(f"quality:{own.key}", {}).get("quality")).lower(),
        reason=reason,
        remedy=elsewhere or remedy,
        used_at=used_at,
        is_usable=usable,
        is_wrong=bool(stands.stopped or elsewhere) or is_idle or status in _WRONG,
        may_submit=status in _AGAIN or bool(elsewhere),
    )


def _elsewhere(own: OwnTemplate, facts: Facts) -> str:
    """What to do where Meta has approved a button that leads elsewhere than ours would."""
    leads = templates.address(facts, own.name, own.language)
    if own.button is None or own.button.address == leads:
        return ""
    return (
        f"Meta has approved it for {leads or 'other buttons'}, and DIGEST_WHATSAPP_SITE is"
        " another: submit it again."
    )


def _state(status: str) -> str:
    return _STATES.get(status, status.replace("_", " ").lower() or "not submitted")


def _samples(name: str) -> tuple[str, ...]:
    return _SAMPLES.get(name) or (_GREETING, *([_ITEM] * (slots.count(name) - 1)))


def _account(config: Any) -> TemplateAccount:
    url = config.DIGEST_WHATSAPP_URL or CLOUD_API
    return TemplateAccount(
        url,
        config.DIGEST_WHATSAPP_ACCOUNT_ID,
        config.DIGEST_WHATSAPP_TOKEN,
        config.DIGEST_WHATSAPP_APP_ID,
    )


TEMPLATES = WhatsAppTemplates()
