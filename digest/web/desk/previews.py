"""What readers would see: the very words that would be sent, on each channel in use."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels import registry
from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.channels.rendering import render_alert, render_edition
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.delivery.planning.wording import newsroom
from digest.outbound.messages.message import Words
from digest.web.desk.kept import KeptValues


@dataclass(frozen=True, slots=True)
class DeskPreview:
    """One channel's preview, and the words that it was made from."""

    spec: ChannelSpec
    preview: ChannelPreview
    words: Words

    @property
    def name(self) -> str:
        """The channel's name, as the address of its tab has it."""
        return self.spec.name


@dataclass(frozen=True, slots=True)
class Previews:
    """One preview for each channel in use; or none, and the reason."""

    shown: tuple[DeskPreview, ...] = ()
    problem: str = ""

    def by(self, channel: str) -> DeskPreview | None:
        """That of a channel; the first one's when there is none of that name."""
        named = (each for each in self.shown if each.name == channel)
        return next(named, self.shown[0] if self.shown else None)

    @property
    def page(self) -> str:
        """The first whole page among them, for a frame; or the reason why there is none."""
        pages = (each.preview.page for each in self.shown if each.preview.page)
        return next(pages, self.problem)


# The same words make the same previews, whoever looks.
_made: KeptValues[Previews] = KeptValues(300)


def of_edition(content: EditionContent) -> Previews:
    """The previews of an edition; one without items has none, with the reason."""
    if not content.items:
        return Previews(problem="An edition without items has no message.")
    # Links that lead where they say: nobody counts an editor.
    by = replace(newsroom(), count_key="")
    key = repr((content, by, settings.DIGEST_CHANNELS))
    return _made.get(key, lambda: _previews(lambda name: render_edition(content, name, by)))


def of_alert(content: AlertContent) -> Previews:
    """The previews of an alert."""
    by = replace(newsroom(), count_key="")
    return _previews(lambda channel: render_alert(content, channel, by))


def _previews(render: Callable[[str], Words]) -> Previews:
    shown = []
    for spec in registry.usable(settings.DIGEST_CHANNELS):
        try:
            words = render(spec.name)
        except ValueError as error:
            return Previews(problem=f"It cannot be rendered: {error}")
        shown.append(DeskPreview(spec, _of(spec, words), words))
    return Previews(tuple(shown))


def _of(spec: ChannelSpec, words: Words) -> ChannelPreview:
    if spec.preview_by_settings is None:
        return spec.preview(words)
    return spec.preview_by_settings(words, registry.config(spec.name, settings))
