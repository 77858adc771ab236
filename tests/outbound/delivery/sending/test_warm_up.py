"""What is loaded before the first alert."""

import pytest
from jinja2 import Environment

from digest.outbound.channels.rendering import render_alert, render_confirmation
from digest.outbound.delivery.sending.warm_up import warm_up
from digest.outbound.messages.environment import environment
from tests.outbound.samples import ALERT, CONFIRM_THIS, NEWSROOM


def test_after_warming_up_no_alert_or_confirmation_compiles_a_template(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: list[str | None] = []
    compile_ = Environment.compile

    def note(self: Environment, source: str, name: str | None = None, *rest: object) -> object:
        compiled.append(name)
        return compile_(self, source, name, *rest)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", note)
    environment.cache_clear()
    warm_up()
    assert compiled
    compiled.clear()
    for channel in ("email", "whatsapp"):
        render_alert(ALERT, channel, NEWSROOM)
        render_confirmation(CONFIRM_THIS, channel, NEWSROOM)
    assert compiled == []
