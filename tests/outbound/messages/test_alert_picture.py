"""A picture above an alert, on each channel that carries one: it never costs a message words."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.picture import Picture
from digest.outbound.channels import lock_screen
from digest.outbound.channels.apns import channel as apns
from digest.outbound.channels.apns.stand_in.rules import MOST_BYTES as MOST_OF_APNS
from digest.outbound.channels.fcm import channel as fcm
from digest.outbound.channels.fcm.stand_in import server as google
from digest.outbound.channels.rendering import render_alert
from digest.outbound.channels.telegram import shown
from digest.outbound.channels.telegram.channel import Telegram, TelegramConfig
from digest.outbound.channels.webpush import channel as webpush
from digest.outbound.channels.webpush.encryption import MOST_PLAIN
from digest.outbound.channels.whatsapp import channel_post
from digest.outbound.messages.message import Act, Copy, Words
from digest.outbound.messages.notification import LONGEST_PICTURE
from tests.fakes.telegram import TOKEN, BotApi, serve
from tests.outbound.samples import ALERT, LINKS, NASTY, NEWSROOM, copy_of

URL = "https://wire.example/ferry.jpg"
PICTURED = replace(ALERT, picture=Picture(URL, "A ferry on the rocks", "Lina Sato"))
DEVICE = "dQ4:" + "A" * 136
# As feeds bring them: short, long beyond reason, by http, in letters of all scripts, no address.
ADDRESSES = st.one_of(
    st.just(URL),
    st.integers(1, 5_000).map(lambda length: f"https://wire.example/{'x' * length}.jpg"),
    st.text(max_size=900).map(lambda text: f"https://wire.example/{text}"),
    st.text(max_size=60),
    st.just("http://wire.example/ferry.jpg"),
    st.just("javascript:alert(1)"),
)


def copy(content: AlertContent, channel: str, **more: Any) -> Copy:
    words = render_alert(content, channel, NEWSROOM)
    to = DEVICE if channel in ("fcm", "apns") else "https://push.example/1"
    return copy_of(words=words, to=to, **more)


def pushed(content: AlertContent, **more: Any) -> dict[str, Any]:
    told = json.loads(webpush.payload(copy(content, "webpush", **more)))
    notification: dict[str, Any] = told["notification"]
    return notification


def test_a_browser_is_told_where_it_is_and_no_more_than_that() -> None:
    assert pushed(PICTURED)["image"] == URL
    assert "image" not in pushed(ALERT)


def test_an_app_by_google_gets_it_where_google_puts_it() -> None:
    told = fcm.message(copy(PICTURED, "fcm"))
    assert google.check(told) == DEVICE
    assert told["notification"]["image"] == URL
    # Without it no service extension of an app on an iPhone is woken.
    assert told["apns"]["payload"]["aps"]["mutable-content"] == 1
    bare = fcm.message(copy(ALERT, "fcm"))
    assert "image" not in bare["notification"]
    assert "mutable-content" not in bare["apns"]["payload"]["aps"]


def test_an_app_by_apple_gets_it_under_our_own_key() -> None:
    told = json.loads(apns.payload(copy(PICTURED, "apns")))
    assert (told["image"], told["aps"]["mutable-content"]) == (URL, 1)
    bare = json.loads(apns.payload(copy(ALERT, "apns")))
    assert "image" not in bare and "mutable-content" not in bare["aps"]


@pytest.mark.parametrize(
    "url",
    [
        "http://wire.example/ferry.jpg",
        f"https://wire.example/{'x' * LONGEST_PICTURE}",
        "javascript:alert(1)",
        "https://wire.example/페리.jpg",
    ],
)
def test_what_a_device_would_not_load_is_not_sent_there(url: str) -> None:
    content = replace(ALERT, picture=Picture(url))
    assert "image" not in pushed(content)
    assert "image" not in fcm.message(copy(content, "fcm"))["notification"]
    assert "image" not in json.loads(apns.payload(copy(content, "apns")))


def test_a_newsroom_without_https_tries_it_out_without() -> None:
    content = replace(ALERT, picture=Picture("http://127.0.0.1:9/ferry.jpg"))
    words = render_alert(content, "webpush", replace(NEWSROOM, base_url="http://127.0.0.1:8000"))
    assert words.fields["image"] == "http://127.0.0.1:9/ferry.jpg"


def test_it_goes_before_the_words_do_where_there_is_no_room_for_both() -> None:
    # As long as the words may get, in letters of three bytes each, with a page of the reader's own
    # that leaves room for them and no more.
    full = replace(PICTURED, headline="페" * 115, summary="리 " * 119)
    bare = len(webpush.payload(copy(replace(full, picture=None), "webpush")))
    own = LINKS.preferences + "x" * (MOST_PLAIN - bare - 4)
    told = pushed(full, links=replace(LINKS, preferences=own))
    assert "image" not in told
    assert told["body"] and told["actions"]


@given(NASTY, ADDRESSES, st.integers(0, 3_000))
def test_whatever_a_picture_is_called_every_push_fits_and_keeps_its_words(
    headline: str, address: str, room: int
) -> None:
    content = replace(ALERT, headline=headline, summary=headline, picture=Picture(address))
    links = replace(LINKS, preferences=f"https://news.meridian.example/p/{'x' * room}")
    without = replace(content, picture=None)
    body = webpush.payload(copy(content, "webpush", links=links))
    assert len(body) <= MOST_PLAIN
    kept = json.loads(body)["notification"]
    kept.pop("image", None)
    assert kept == pushed(without, links=links)

    said = fcm.message(copy(content, "fcm", links=links))
    bare = fcm.message(copy(without, "fcm", links=links))
    assert google.check(said) == DEVICE
    assert said["notification"] | {"image": ""} == bare["notification"] | {"image": ""}

    payload = apns.payload(copy(content, "apns", links=links))
    plain = apns.payload(copy(without, "apns", links=links))
    assert len(payload) <= max(MOST_OF_APNS, len(plain))
    assert json.loads(payload)["aps"]["alert"] == json.loads(plain)["aps"]["alert"]


def test_words_that_were_stored_before_there_were_pictures_go_out() -> None:
    for channel in ("webpush", "fcm", "apns", "telegram"):
        words = render_alert(ALERT, channel, NEWSROOM)
        older = {name: each for name, each in words.fields.items() if name not in _NEW}
        before = copy_of(words=replace(words, fields=older), to=DEVICE)
        if channel == "webpush":
            assert webpush.payload(before)
        elif channel == "telegram":
            assert shown.preview(before.words).picture == ""
        else:
            assert fcm.message(before) if channel == "fcm" else apns.payload(before)


_NEW = {"image", "picture"}


def test_a_mail_shows_it_with_what_it_shows_and_whose_it_is() -> None:
    mail = render_alert(PICTURED, "email", NEWSROOM).fields
    assert f'src="{URL}"' in mail["html"]
    assert 'alt="A ferry on the rocks"' in mail["html"]
    assert "Photo: Lina Sato" in mail["html"] and "Photo: Lina Sato" in mail["text"]
    bare = render_alert(ALERT, "email", NEWSROOM).fields
    assert "<img" not in bare["html"] and "Photo" not in bare["text"]


def test_a_mail_says_the_headline_of_a_picture_that_nobody_described() -> None:
    mail = render_alert(replace(ALERT, picture=Picture(URL)), "email", NEWSROOM).fields
    assert f'alt="{ALERT.headline}"' in mail["html"]
    assert "Photo" not in mail["text"]


def test_the_post_for_the_whatsapp_channel_names_it() -> None:
    post = channel_post.alert(PICTURED, NEWSROOM)
    assert (post.picture, post.picture_alt) == (URL, "A ferry on the rocks")
    assert channel_post.alert(ALERT, NEWSROOM).picture == ""


def test_each_preview_shows_what_its_channel_carries() -> None:
    for channel in ("webpush", "fcm", "apns"):
        words = render_alert(PICTURED, channel, NEWSROOM)
        seen = lock_screen.preview(words)
        assert (seen.picture, seen.picture_is_below) == (URL, True)
        assert lock_screen.preview(render_alert(ALERT, channel, NEWSROOM)).picture == ""
    assert shown.preview(render_alert(PICTURED, "telegram", NEWSROOM)).picture == URL


def options(words: Words, *later: Words) -> list[Any]:
    """How an alert and its corrections show their link, as the Bot API took them."""

    async def run() -> list[Any]:
        api = BotApi()
        runner = await serve(api)
        channel = Telegram(TelegramConfig(api.url, TOKEN))
        await channel.open()
        try:
            receipt = await channel.send(copy_of("7-11", "1001", words), lambda: None)
            for each in later:
                after = replace(copy_of("8-11", "1001", each), act=Act.REPLACE)
                after = replace(after, earlier=receipt.provider_id)
                assert (await channel.send(after, lambda: None)).reply == "edited"
        finally:
            await channel.close()
            await runner.cleanup()
        return [each["request"]["link_preview_options"] for each in api.taken]

    return asyncio.run(run())


def test_telegram_shows_it_large_above_the_words_and_corrections_keep_it() -> None:
    large = {"url": URL, "prefer_large_media": True, "show_above_text": True}
    first = render_alert(PICTURED, "telegram", NEWSROOM)
    kept = render_alert(replace(PICTURED, kind="correction", revision=2), "telegram", NEWSROOM)
    dropped = render_alert(replace(ALERT, kind="correction", revision=3), "telegram", NEWSROOM)
    told = options(first, kept, dropped)
    assert told == [large, large, {"url": ALERT.url}]


def test_an_edit_that_takes_the_picture_away_is_a_change_to_telegram() -> None:
    words = render_alert(PICTURED, "telegram", NEWSROOM)
    bare = replace(words, fields=words.fields | {"picture": "", "card": ALERT.url})
    assert options(words, bare)[1] == {"url": ALERT.url}
