"""Load what an urgent message needs, before one has to wait for it."""

from django.conf import settings

from digest.newsdesk.alerts.core.content import AlertContent
from digest.outbound.channels import registry
from digest.outbound.channels.rendering import render_alert, render_confirmation
from digest.outbound.delivery.planning.wording import newsroom
from digest.outbound.messages.newsroom import ConfirmContent


def warm_up() -> None:
    """Write an alert and a confirmation for each channel in use, and throw them away.

    Templates, calendars and keys then lie ready in this process and in those forked from it; the
    first alert of a day would otherwise wait for them, on a machine that is busy with a digest.
    A channel whose settings are wrong takes nothing from the others. Raises, when all have had
    their turn, what the first such one raises; its first message would too.
    """
    language = settings.DIGEST_LANGUAGE or "en"
    alert = AlertContent(
        public_id="",
        kind="first",
        headline="Harbour bridge reopens",
        url=settings.DIGEST_BASE_URL,
        language=language,
        issued_at="2026-01-01T00:00:00+00:00",
    )
    question = ConfirmContent(language=language, wants=("Top reads",))
    wrong: list[Exception] = []
    for channel in settings.DIGEST_CHANNELS:
        try:
            registry.channel(channel, settings)
            render_alert(alert, channel, newsroom())
            # Some ask nobody: their reader's own act is the consent.
            if registry.spec(channel).words.confirmation is not None:
                render_confirmation(question, channel, newsroom())
        except Exception as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
