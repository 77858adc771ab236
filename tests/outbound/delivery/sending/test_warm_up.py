"""What is loaded before the first alert."""

import pytest
from jinja2 import Environment
from pytest_django import Settings

from digest.outbound.channels import registry
from digest.outbound.channels.fcm.account import BadAccount
from digest.outbound.channels.rendering import render_alert, render_confirmation
from digest.outbound.delivery.sending.warm_up import warm_up
from digest.outbound.messages.environment import environment
from tests.outbound.samples import ALERT, CONFIRM_THIS, NEWSROOM

READERS = [name for name in registry.BUILT_IN if registry.spec(name).serves_readers]
ALL = list(registry.BUILT_IN)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The templates that are compiled from now on."""
    names: list[str | None] = []
    compile_ = Environment.compile

    def note(self: Environment, source: str, name: str | None = None, *rest: object) -> object:
        names.append(name)
        return compile_(self, source, name, *rest)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", note)
    environment.cache_clear()
    return names


def test_after_warming_up_no_alert_or_confirmation_compiles_a_template(
    settings: Settings, compiled: list[str | None]
) -> None:
    settings.DIGEST_CHANNELS = ALL
    made: list[str] = []
    warm_up()
    assert compiled
    compiled.clear()
    for channel in ALL:
        render_alert(ALERT, channel, NEWSROOM)
        if registry.spec(channel).words.confirmation:
            render_confirmation(CONFIRM_THIS, channel, NEWSROOM)
            made.append(channel)
    assert compiled == []
    assert 0 < len(made) < len(READERS), "there are channels that ask for no confirmation"


def test_a_channel_that_cannot_be_set_up_takes_nothing_from_the_next(
    settings: Settings, compiled: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DIGEST_CHANNELS = ["fcm", "telegram"]
    monkeypatch.setenv("DIGEST_FCM_ACCOUNT", "no JSON")
    with pytest.raises(BadAccount):
        warm_up()
    compiled.clear()
    render_alert(ALERT, "telegram", NEWSROOM)
    assert compiled == []
