"""Stand-ins are written to by hand, and know after their end what they knew before."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Address, Subscription
from digest.outbound.channels.slack.stand_in.server import SlackApi
from digest.outbound.channels.stand_in_server import ask, note, write
from digest.outbound.channels.whatsapp.stand_in.cloud_api import CloudApi, serve
from digest.outbound.returns.take import take_events
from tests.fakes.in_thread import in_thread
from tests.fakes.telegram import BotApi, running
from tests.web import newsroom

NUMBER = "+12025550167"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_reader_joins_and_leaves_by_what_is_written_to_the_number(
    settings: Any, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.DIGEST_CHANNELS, settings.DIGEST_BASE_URL = ["email", "whatsapp"], live_server.url
    monkeypatch.setenv("DIGEST_WHATSAPP_APP_SECRET", "demo-secret")
    newsroom.offer()
    assert not write(tmp_path, NUMBER, "START"), "nobody listens yet"
    hook = f"{live_server.url}/hooks/whatsapp"
    with in_thread(CloudApi(folder=tmp_path, statuses_to=hook), serve) as api:
        note(tmp_path, f"http://127.0.0.1:{api.port}")
        assert write(tmp_path, NUMBER, "START")
        take_events(now=now())
        address = Address.objects.get(channel="whatsapp")
        assert address.value == NUMBER and address.verified_at is not None
        assert Subscription.objects.filter(alerts=True, state="active").exists()
        assert write(tmp_path, NUMBER, "STOP")
        take_events(now=now())
        assert not Subscription.objects.filter(state="active").exists()
        assert not write(tmp_path, "nobody", "START") and not write(tmp_path, NUMBER, "")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_reader_blocks_the_bot_by_hand_and_comes_back_with_start(
    settings: Any, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.DIGEST_CHANNELS, settings.DIGEST_BASE_URL = ["email", "telegram"], live_server.url
    monkeypatch.setenv("DIGEST_TELEGRAM_SECRET", "say-friend")
    newsroom.offer()
    hooks = f"{live_server.url}/hooks/telegram"
    bot = BotApi(folder=tmp_path, hooks=hooks, secret="say-friend")
    active = Subscription.objects.filter(state="active")
    with running(bot):
        note(tmp_path, bot.url)
        for said, follows in (({"said": "/start"}, True), ({"blocks": "1"}, False)) * 2:
            assert ask(tmp_path, "/write", chat="1001", **said)
            take_events(now=now())
            assert active.exists() == follows
            assert ("1001" in bot.blocked) != follows
    # Started anew it tells of nothing that the newsroom would take for a repetition.
    assert BotApi(folder=tmp_path).update(1001, "/start")["update_id"] > bot._update


def test_what_stands_in_a_chat_is_edited_and_deleted_after_a_new_start(tmp_path: Path) -> None:
    first = BotApi(folder=tmp_path)
    told = {"chat_id": 1001, "text": "One"}
    one, two = (first._send(told)["message_id"] for _ in range(2))
    first._edit(told | {"message_id": two, "text": "Two"})
    first._delete({"chat_id": 1001, "message_id": one})
    again = BotApi(folder=tmp_path)
    assert again._send(told)["message_id"] > two
    assert {key: each["text"] for key, each in again.standing.items()} == {
        ("1001", two): "Two",
        ("1001", two + 1): "One",
    }
    again._edit(told | {"message_id": two, "text": "Three"})


def test_what_stands_at_a_place_is_edited_after_a_new_start(tmp_path: Path) -> None:
    first, again = SlackApi(), SlackApi()
    first.remember(tmp_path)
    posted = first._post({"channel": "C0MERIDIAN", "text": "One"})
    again.remember(tmp_path)
    again._update({"channel": "C0MERIDIAN", "ts": posted["ts"], "text": "Two"})
    assert again.standing == {f"C0MERIDIAN {posted['ts']}": {"text": "Two"}}
