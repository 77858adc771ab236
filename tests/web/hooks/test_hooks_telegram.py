"""The bot for readers, from /start to /stop, as Telegram reports to us and hands our answers on."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from digest.kit.clock import now
from digest.models import (
    Address,
    Alert,
    Consent,
    Delivery,
    Newsletter,
    ProviderEvent,
    Schedule,
    Send,
    Subscription,
    Suppression,
    Topic,
)
from digest.outbound.channels import registry
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert, plan_edition
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.returns.take import take_events
from tests.fakes.telegram import TOKEN, BotApi, running
from tests.scenes import scene
from tests.web import newsroom

pytestmark = [pytest.mark.django_db(transaction=True)]
SECRET = "say-friend"
READER = 1001
Write = Callable[..., str]


@pytest.fixture
def api(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[BotApi]:
    settings.DIGEST_CHANNELS = ["email", "telegram"]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    newsroom.offer()
    Newsletter.objects.filter(slug="morning").update(channels=["email", "telegram"])
    with running(BotApi(secret=SECRET)) as made:
        monkeypatch.setenv("DIGEST_TELEGRAM_URL", made.url)
        monkeypatch.setenv("DIGEST_TELEGRAM_TOKEN", TOKEN)
        monkeypatch.setenv("DIGEST_TELEGRAM_SECRET", SECRET)
        monkeypatch.setenv("DIGEST_TELEGRAM_BOT", made.bot)
        yield made


@pytest.fixture
def post(client: Client) -> Callable[..., Any]:
    def posted(update: Any, secret: str = SECRET) -> Any:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        return client.post(
            "/hooks/telegram", update, content_type="application/json", headers=headers
        )

    return posted


@pytest.fixture
def write(api: BotApi, post: Callable[..., Any]) -> Write:
    """A reader writes to the bot; what it answers, as the reader sees it."""

    def written(said: str, language: str = "en", chat: int = READER) -> str:
        answer = post(api.update(chat, said, language))
        assert answer.status_code == 200
        take_events(now=now())
        message = api.obey(answer.content.decode())
        return message["text"] if message else ""

    return written


def fly() -> None:
    for send in Send.objects.filter(channel="telegram", state="pending"):
        fan_out(send.pk, now=now())
        send_some(send.pk)
    take_events(now=now())


def following() -> set[str]:
    states = Subscription.objects.filter(state="active").select_related("newsletter", "topic")
    return {each.name for each in states}


def test_start_is_the_consent_and_the_list_can_be_tapped(api: BotApi, write: Write) -> None:
    said = write("/start", "fr")
    assert "✓ Alertes /drop_breaking" in said
    assert "– Korean peninsula relations /follow_korea" in said
    assert "– Morning briefing /follow_morning" in said
    assert "The week" not in said, "that one is by email alone"
    assert said.startswith("Vous recevez ce qui est coché.")
    address = Address.objects.get()
    assert (address.value, address.verified_by) == ("1001", "inbound")
    assert (address.subscriber.locale, address.subscriber.time_zone) == ("fr", "Asia/Singapore")
    assert following() == {"Breaking news"}
    consent = Consent.objects.get()
    assert (consent.act, consent.text, consent.place) == ("confirmed", "/start", "Telegram")


def test_topics_come_and_go_by_commands(api: BotApi, write: Write) -> None:
    write("/start")
    assert "✓ Korean peninsula relations /drop_korea" in write("/follow_korea")
    assert following() == {"Breaking news", "Korean peninsula relations"}
    assert Schedule.objects.get().is_active
    assert "– Breaking news /follow_breaking" in write("/drop_breaking")
    assert following() == {"Korean peninsula relations"}
    acts = Consent.objects.order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["confirmed", "confirmed", "withdrawn"]
    assert "I know these" in write("/follow_nonsense")
    assert "I know these" in write("What is this?")
    assert "✓ Korean peninsula relations" in write("/topics@meridian_bot")


def test_a_link_of_the_site_brings_its_topic_along(api: BotApi, write: Write) -> None:
    Topic.objects.create(slug="deep-sea", name="Deep sea", query="sea")
    write("/start deep-sea")
    assert following() == {"Breaking news", "Deep sea"}


def peninsula() -> None:
    Topic.objects.filter(slug="korea").update(
        slug="korean-peninsula-relations", names={"fr": "Relations coréennes"}
    )


@pytest.mark.parametrize(
    "said", ["/start korea", "START korea", "start Corée", "/start@meridian_bot Korean peninsula"]
)
def test_start_and_a_word_of_a_topic_begins_it_with_the_alerts(
    api: BotApi, write: Write, said: str
) -> None:
    peninsula()
    assert "✓ Relations coréennes /drop_korean_peninsula_relations" in write(said, "fr")
    assert following() == {"Breaking news", "Korean peninsula relations"}


def test_topics_come_and_go_by_words_behind_a_command(api: BotApi, write: Write) -> None:
    peninsula()
    assert "✓ Korean peninsula relations" in write("/follow korea")
    assert following() == {"Korean peninsula relations"}
    assert "– Korean peninsula relations" in write("/drop coréennes")
    assert following() == set()


def test_a_sentence_that_begins_with_the_word_lists_and_begins_nothing(
    api: BotApi, write: Write
) -> None:
    assert "– Breaking news /follow_breaking" in write("Start the presses")
    assert not Address.objects.exists()


@pytest.mark.parametrize(
    "said", ["Abmelden", "sair", "수신 거부", "please stop", "ＳＴＯＰ！", "🛑 stop"]
)
def test_stop_in_any_language_ends_everything(api: BotApi, write: Write, said: str) -> None:
    write("/start")
    write(said)
    assert following() == set()


def test_taps_that_follow_each_other_at_once_are_all_seen(
    api: BotApi, post: Callable[..., Any], write: Write
) -> None:
    """The list knows what is stored and not yet worked on."""
    write("/start")
    for said in ("/follow_korea", "/follow_trade", "/drop_breaking"):
        answer = json.loads(post(api.update(READER, said)).content)["text"]
    assert "✓ Korean peninsula relations" in answer and "✓ Trade and shipping" in answer
    assert "– Breaking news" in answer
    assert following() == {"Breaking news"}
    take_events(now=now())
    assert following() == {"Korean peninsula relations", "Trade and shipping"}
    post(api.update(READER, "/stop"))
    answer = json.loads(post(api.update(READER, "/topics")).content)["text"]
    assert "✓" not in answer


def test_a_newsletter_and_a_topic_of_one_name_keep_apart(api: BotApi, write: Write) -> None:
    Topic.objects.create(slug="morning", name="Mornings", query="morning")
    assert "– Mornings /follow_topics_morning" in write("/start")
    write("/follow_topics_morning")
    assert following() == {"Breaking news", "Mornings"}


@pytest.mark.parametrize("said", ["/stop", "Stop!", "arrêt", "退订"])
def test_stop_ends_everything_until_start(api: BotApi, write: Write, said: str) -> None:
    write("/start")
    write("/follow_korea")
    assert "nothing here any more" in write(said)
    assert following() == set()
    assert Suppression.objects.get().reason == "reader"
    write("/start")
    assert following() == {"Breaking news"} and not Suppression.objects.exists()


def test_the_language_is_chosen_in_the_chat(api: BotApi, write: Write) -> None:
    write("/start", "xx")
    assert Address.objects.get().subscriber.locale == "en"
    said = write("/language")
    assert "español /language_es" in said and "العربية /language_ar" in said
    assert write("/language_es").startswith("Recibe lo que está marcado.")
    assert Address.objects.get().subscriber.locale == "es"
    assert "✓ 突发新闻 /drop_breaking" in write("/language_zh_hans")
    write("/language_klingon")
    assert Address.objects.get().subscriber.locale.lower() == "zh-hans"


def test_an_alert_is_corrected_where_it_stands_and_withdrawn(api: BotApi, write: Write) -> None:
    write("/start")
    said = StringIO()
    call_command("places", "add", "telegram", "t.me/Meridian", "--alerts", "--json", stdout=said)
    assert json.loads(said.getvalue())["address"] == "@meridian"
    api.taken.clear()
    api.standing.clear()
    alert: Alert = scene.alert(now=now()).alert
    plan_alert(alert.pk, 1, now=now())
    fly()
    assert {each["to"] for each in api.taken} == {"1001", "@meridian"}
    for revision, kind in ((2, "correction"), (3, "withdrawal")):
        scene.alert_revision(alert, revision, kind, now=now())
        plan_alert(alert.pk, revision, now=now())
        fly()
    acts = [each["act"] for each in api.taken]
    assert acts == ["sent"] * 2 + ["edited"] * 2 + ["deleted"] * 2
    assert api.standing == {}
    assert Delivery.objects.exclude(state=Delivery.State.SENT).count() == 0


def test_an_edition_goes_to_who_follows_it(api: BotApi, write: Write) -> None:
    write("/start")
    write("/follow_morning")
    api.taken.clear()
    frozen = scene.edition(Newsletter.objects.get(slug="morning"), now=now())
    plan_edition(frozen.edition_id, 1, now=now())
    fly()
    (taken,) = api.taken
    assert "3. Harbour bridge reopens" in taken["preview"]
    assert "/preferences/" in taken["text"]


def test_who_blocks_the_bot_is_dropped_whichever_way_we_hear(
    api: BotApi, write: Write, post: Callable[..., Any]
) -> None:
    write("/start")
    write("/start", chat=1002)
    assert post(api.blocking(READER)).status_code == 200
    take_events(now=now())
    assert Subscription.objects.get(address__value="1001").state == "ended"
    api.blocked.add("1002")
    plan_alert(scene.alert(now=now()).alert_id, 1, now=now())
    fly()
    ended = Subscription.objects.get(address__value="1002")
    assert (ended.state, ended.ended_reason) == ("ended", "reader")
    assert Send.objects.get(channel="telegram").state == "done"
    api.blocked.clear()
    write("/start", chat=1002)
    assert Subscription.objects.filter(address__value="1002", state="active").count() == 1


def test_only_telegram_is_believed(api: BotApi, post: Callable[..., Any], settings: Any,
                                   monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    update = api.update(READER, "/start")
    assert post(update, secret="guess").status_code == 403
    assert post(update, secret="").status_code == 403
    monkeypatch.setenv("DIGEST_TELEGRAM_SECRET", "")
    assert post(update, secret="").status_code == 403, "no secret is no open door"
    assert Address.objects.count() == 0 and ProviderEvent.objects.count() == 0


def test_a_repeated_update_counts_once_and_nonsense_not_at_all(
    api: BotApi, post: Callable[..., Any]
) -> None:
    update = api.update(READER, "/start")
    for _ in range(3):
        assert post(update).status_code == 200
    group = api.update(READER, "/start")
    group["message"]["chat"]["type"] = "group"
    for odd in (group, {}, {"update_id": "x"}, {"update_id": 9, "message": 7}, [1],
                {"update_id": 10, "message": {"chat": {"type": "private", "id": "x"}}},
                {"update_id": 11, "my_chat_member": {"chat": 7}}):  # fmt: skip
        assert post(odd).content == b"Received.\n"
    assert ProviderEvent.objects.count() == 1
    take_events(now=now())
    assert Address.objects.count() == 1


def test_the_site_links_to_the_bot_and_takes_no_number(api: BotApi, client: Client) -> None:
    page = client.get("/subscribe").content.decode()
    assert f'href="https://t.me/{api.bot}?start=site"' in page
    assert "@meridian" not in page


def test_the_doctor_says_whether_telegram_reports_to_us(
    api: BotApi, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def states() -> list[str]:
        spec = registry.spec("telegram")
        found = registry.part(spec.doctor)(registry.config("telegram", settings), lambda name: [])
        return [each.state for each in found]

    assert states() == ["ok", "warning"]
    api.webhook = f"{settings.DIGEST_BASE_URL}/hooks/telegram"
    assert states() == ["ok", "ok"]
    monkeypatch.setenv("DIGEST_TELEGRAM_SECRET", "no spaces please")
    assert "warning" in states()
    monkeypatch.setenv("DIGEST_TELEGRAM_TOKEN", "1:wrong")
    monkeypatch.setenv("DIGEST_TELEGRAM_SECRET", SECRET)
    assert states() == ["ok", "error"]
    monkeypatch.setenv("DIGEST_TELEGRAM_TOKEN", "")
    assert states() == ["warning"]
