"""How our templates stand at each provider, for the desk, the doctor and the command line."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from digest.outbound.channels import registry
from digest.outbound.channels.provider_templates import TemplateLine
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.delivery.models import ChannelFact
from digest.outbound.delivery.templates.watch import LOOKED, book_of, with_templates


@dataclass(frozen=True, slots=True)
class ListedTemplates:
    """One channel's. ``missing`` names the settings without which its provider is not asked;
    ``looked_at`` is the last look, ``error`` why it found nothing.
    """

    spec: ChannelSpec
    lines: tuple[TemplateLine, ...]
    missing: str = ""
    looked_at: datetime | None = None
    error: str = ""

    @property
    def wrong(self) -> tuple[TemplateLine, ...]:
        """Those about which somebody should do something."""
        return tuple(each for each in self.lines if each.is_wrong)


def listed_templates(*, now: datetime) -> tuple[ListedTemplates, ...]:
    """Every channel in use whose words are approved."""
    return tuple(_of(spec, now) for spec in with_templates())


def _of(spec: ChannelSpec, now: datetime) -> ListedTemplates:
    rows = ChannelFact.objects.filter(channel=spec.name).values_list("name", "value", "told_at")
    facts, told_at = {}, {}
    for name, value, at in rows:
        facts[name], told_at[name] = value, at
    book, config = book_of(spec), registry.config(spec.name, settings)
    return ListedTemplates(
        spec,
        book.lines(facts, told_at, config, now=now),
        book.missing(config),
        told_at.get(LOOKED),
        str(facts.get(LOOKED, {}).get("error", "")),
    )
