"""Sample readers join by an act of their own, on channels that ask for no confirmation."""

from collections import Counter
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from digest.demo import acting, newsroom, run, setting
from digest.kit.clock import now
from digest.management import stand_ins
from digest.models import Address, Consent, Subscription
from digest.outbound.channels import registry
from digest.outbound.channels.stand_in_server import note
from digest.outbound.returns.take import take_events
from tests.fakes.in_thread import in_thread
from tests.fakes.push_service import PushService
from tests.fakes.telegram import BotApi, serve

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


CHANNELS = [each.name for each in newsroom.channels()]


def test_the_demo_has_a_reader_on_every_channel_and_each_of_the_three_boxes(settings: Any) -> None:
    settings.DIGEST_CHANNELS = CHANNELS
    there = [registry.spec(name) for name in registry.names()]
    reaching = {each.name for each in there if each.serves_readers or each.apps}
    assert reaching == {*CHANNELS} - {each.channel for each in newsroom.places()}
    by_act = {each.at.spec.name for each in acting.acts()}
    by_form = {each.channel for each in setting.forms()}
    assert by_act == {"fcm", "apns", "telegram", "webpush"} and by_form == {"email", "whatsapp"}


def test_what_the_operator_says_of_channels_stands_and_what_is_the_operators_is_not_taken() -> None:
    told = run.sample_settings({})
    assert told["DIGEST_CHANNELS"].split(",") == CHANNELS
    own = {"DIGEST_TELEGRAM_TOKEN_FILE": "/run/bot", "DIGEST_SMTP_URL": "smtp://mail.example"}
    found = run.sample_settings(own)["DIGEST_CHANNELS"].split(",")
    assert found == [each for each in CHANNELS if each != "telegram"]


def test_readers_join_by_app_chat_and_browser_and_all_of_them_can_be_reached(
    settings: Any, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    settings.DIGEST_CHANNELS = CHANNELS
    settings.DIGEST_BASE_URL, settings.DIGEST_HOME = live_server.url, tmp_path
    settings.DIGEST_ALLOWED_RECIPIENTS, settings.DIGEST_ALLOW_PRIVATE_FETCH = ["*"], True
    placed = stand_ins.place_all(
        settings.DIGEST_CHANNELS, tmp_path, first_port=19_400, base_url=live_server.url, env={}
    )
    for name, value in stand_ins.settings_of(placed).items():
        monkeypatch.setenv(name, value)
    setting.furnish("http://127.0.0.1:9", now=now())
    assert Address.objects.get(verified_by="place").channel == "slack"
    acts = acting.acts()
    assert not any(acting.perform(act, "http://127.0.0.1:9") for act in acts), "nobody is there yet"
    secret = registry.config("telegram", settings).DIGEST_TELEGRAM_SECRET
    hooks = f"{live_server.url}/hooks/telegram"
    bot = BotApi(folder=tmp_path / "telegram", hooks=hooks, secret=secret)
    pushes = PushService(folder=tmp_path / "webpush")
    with in_thread(bot, serve), in_thread(pushes, serve):
        monkeypatch.setenv("DIGEST_TELEGRAM_URL", bot.url)
        note(tmp_path / "telegram", bot.url)
        note(tmp_path / "webpush", pushes.origin)
        assert all(acting.perform(act, live_server.url) for act in acts)
        take_events(now=now())
        # Doing it twice does it once.
        assert all(acting.perform(act, live_server.url) for act in acts)
    take_events(now=now())
    verified = Address.objects.exclude(verified_at=None).exclude(verified_by="place")
    joined = Counter(verified.values_list("channel", flat=True))
    assert joined == Counter(each.at.spec.name for each in acts)
    alerts = Subscription.objects.filter(alerts=True, state="active")
    assert alerts.count() == len(acts) + 1 and Consent.objects.count() >= len(acts)
    # The stand-in's own browsers read what they are sent, after it was started anew as before.
    shown = stand_ins.shown(["webpush"], tmp_path)[0].stand_in.taken(tmp_path / "webpush", 10)
    assert shown.total == 2 * joined["webpush"]
    assert all("Sealed" not in each.words and each.pieces[0][1] for each in shown.newest)
    assert PushService(folder=tmp_path / "webpush").lines == pushes.lines
