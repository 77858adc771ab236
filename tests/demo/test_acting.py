"""Sample readers join by an act of their own, on channels that ask for no confirmation."""

from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from digest.demo import acting, setting
from digest.kit.clock import now
from digest.management import stand_ins
from digest.models import Address, Consent, Subscription
from digest.outbound.channels import registry
from digest.outbound.returns.take import take_events
from tests.fakes.in_thread import in_thread
from tests.fakes.telegram import BotApi, serve

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


CHANNELS = ["email", "webpush", "fcm", "apns", "whatsapp", "telegram"]


def test_the_demo_has_a_reader_on_every_channel_but_that_of_real_browsers(settings: Any) -> None:
    settings.DIGEST_CHANNELS = CHANNELS
    there = [registry.spec(name) for name in registry.names()]
    reaching = {each.name for each in there if each.serves_readers or each.apps}
    assert reaching == {*CHANNELS}
    by_act = {each.at.spec.name for each in acting.acts()}
    by_form = {each.channel for each in setting.forms()}
    assert by_act == {"fcm", "apns", "telegram"} and by_form == {"email", "whatsapp"}


def test_the_app_registers_and_the_chat_begins(
    settings: Any, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    settings.DIGEST_CHANNELS = CHANNELS
    settings.DIGEST_BASE_URL, settings.DIGEST_HOME = live_server.url, tmp_path
    placed = stand_ins.place_all(
        settings.DIGEST_CHANNELS, tmp_path, first_port=19_400, base_url=live_server.url, env={}
    )
    for name, value in stand_ins.settings_of(placed).items():
        monkeypatch.setenv(name, value)
    setting.furnish("http://127.0.0.1:9", now=now())
    acts = acting.acts()
    assert not any(acting.perform(act, "http://127.0.0.1:9") for act in acts), "nobody is there yet"
    config = registry.config("telegram", settings)
    bot = BotApi(hooks=f"{live_server.url}/hooks/telegram", secret=config.DIGEST_TELEGRAM_SECRET)
    with in_thread(bot, serve):
        monkeypatch.setenv("DIGEST_TELEGRAM_URL", bot.url)
        assert all(acting.perform(act, live_server.url) for act in acts)
        take_events(now=now())
        # Doing it twice does it once.
        assert all(acting.perform(act, live_server.url) for act in acts)
    take_events(now=now())
    verified = Address.objects.exclude(verified_at=None).values_list("channel", "value")
    assert sorted(verified) == sorted((each.at.spec.name, each.address) for each in acts)
    alerts = Subscription.objects.filter(alerts=True, state="active")
    assert alerts.count() == len(acts) and Consent.objects.count() >= len(acts)
