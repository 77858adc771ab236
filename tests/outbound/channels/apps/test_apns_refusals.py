"""What Apple refuses, refused by our stand-in too; and nothing that we send is among it."""

import time
from dataclasses import replace

import pytest
from hypothesis import given

from digest.outbound.channels.apns.channel import headers_of, payload
from digest.outbound.channels.apns.provider_token import SPAN, ProviderToken
from digest.outbound.channels.apns.stand_in.rules import MOST_BYTES, ApnsRefused, check
from digest.outbound.channels.rendering import lint, render_alert, render_edition
from tests.fakes.apns import TOPIC, apns_server
from tests.outbound.channels.apps.test_apns_channel import TOKEN, WORDS, apple_key
from tests.outbound.samples import ALERT, NASTY, NEWSROOM, copy_of, edition_of


@given(NASTY)
def test_whatever_a_headline_holds_apple_takes_it(headline: str) -> None:
    for words in (
        render_alert(replace(ALERT, headline=headline, summary=headline), "apns", NEWSROOM),
        render_edition(edition_of([headline] * 4, [headline] * 4), "apns", NEWSROOM),
    ):
        assert judged(payload(copy_of(words=words, to=TOKEN))) == (TOKEN, TOPIC)
        assert lint(words) is not None


GOOD = {
    name.decode(): value.decode()
    for name, value in headers_of(copy_of(words=WORDS, to=TOKEN), TOPIC, "127.0.0.1", b"bearer x")
}
BODY = payload(copy_of(words=WORDS, to=TOKEN))


def judged(body: bytes = BODY, *twice: tuple[str, str], **changes: str | None) -> tuple[str, str]:
    told = GOOD | {name.replace("_", "-").replace("0", ":"): v for name, v in changes.items()}
    return check([*((n, v) for n, v in told.items() if v is not None), *twice], body, {TOPIC})


BAD: list[tuple[str, str, dict[str, str | None], bytes, str]] = [
    ("a GET", "", {"0method": "GET"}, BODY, "MethodNotAllowed"),
    ("a PUT", "", {"0method": "PUT"}, BODY, "MethodNotAllowed"),
    ("another path", "", {"0path": "/4/device/" + TOKEN}, BODY, "BadPath"),
    ("no path", "", {"0path": "/"}, BODY, "BadPath"),
    ("a path too long", "", {"0path": f"/3/device/{TOKEN}/x"}, BODY, "BadPath"),
    ("a query", "", {"0path": f"/3/device/{TOKEN}?x=1"}, BODY, "BadPath"),
    ("no token", "", {"0path": "/3/device/"}, BODY, "MissingDeviceToken"),
    ("a short token", "", {"0path": "/3/device/abcd"}, BODY, "BadDeviceToken"),
    ("a token in words", "", {"0path": "/3/device/" + "xy" * 32}, BODY, "BadDeviceToken"),
    ("no topic", "", {"apns_topic": None}, BODY, "MissingTopic"),
    ("an empty topic", "", {"apns_topic": ""}, BODY, "MissingTopic"),
    ("a topic with spaces", "", {"apns_topic": "a b"}, BODY, "BadTopic"),
    ("a stranger's topic", "", {"apns_topic": "example.other"}, BODY, "TopicDisallowed"),
    ("a strange type", "", {"apns_push_type": "loud"}, BODY, "InvalidPushType"),
    ("priority 7", "", {"apns_priority": "7"}, BODY, "BadPriority"),
    ("priority in words", "", {"apns_priority": "high"}, BODY, "BadPriority"),
    ("a loud background push", "", {"apns_push_type": "background"}, BODY, "BadPriority"),
    ("an expiration as a date", "", {"apns_expiration": "tomorrow"}, BODY, "BadExpirationDate"),
    ("a negative expiration", "", {"apns_expiration": "-1"}, BODY, "BadExpirationDate"),
    ("a collapse id too long", "", {"apns_collapse_id": "x" * 65}, BODY, "BadCollapseId"),
    ("one too long in bytes", "", {"apns_collapse_id": "é" * 33}, BODY, "BadCollapseId"),
    ("an id that is none", "", {"apns_id": "7-11"}, BODY, "BadMessageId"),
    ("an id in capitals", "", {"apns_id": GOOD["apns-id"].upper()}, BODY, "BadMessageId"),
    ("a header twice", "apns-priority", {}, BODY, "DuplicateHeaders"),
    ("no payload", "", {}, b"", "PayloadEmpty"),
    ("a payload that is no JSON", "", {}, b"{", "PayloadEmpty"),
    ("a payload without aps", "", {}, b'{"url": "x"}', "PayloadEmpty"),
    ("too large", "", {}, b'{"aps": {}, "x": "' + b"y" * MOST_BYTES + b'"}', "PayloadTooLarge"),
]


@pytest.mark.parametrize(
    ("fault", "twice", "changes", "body", "reason"), BAD, ids=[each[0] for each in BAD]
)
def test_the_stand_in_refuses_what_apple_refuses(
    fault: str, twice: str, changes: dict[str, str | None], body: bytes, reason: str
) -> None:
    more = [(twice, "10")] if twice else []
    with pytest.raises(ApnsRefused) as caught:
        judged(body, *more, **changes)
    assert caught.value.reason == reason
    assert judged() == (TOKEN, TOPIC)


def test_the_stand_in_asks_who_is_speaking() -> None:
    server = apns_server()
    token = ProviderToken(*apple_key()).value().decode()
    headers = [(name, value) for name, value in GOOD.items() if name != "authorization"]

    def answer(authorization: str, key_id: str = "") -> str:
        try:
            server.judge([*headers, ("authorization", authorization)], BODY, key_id)
        except ApnsRefused as refused:
            return refused.reason
        return "taken"

    assert answer("") == "MissingProviderToken"
    assert answer("basic x") == "InvalidProviderToken"
    assert answer("bearer a.b.c") == "InvalidProviderToken"
    assert answer(token[:-4] + "AAAA") == "InvalidProviderToken"
    assert answer(ProviderToken(apple_key()[0], "OTHERKEY01", "X").value().decode()) == (
        "InvalidProviderToken"
    )
    assert answer(token, "OTHERKEY01") == "UnrelatedKeyIdInToken"
    assert answer(token) == "taken"
    server.clock = lambda: time.time() + 7_200
    assert answer(token) == "ExpiredProviderToken"
    server.clock = time.time
    late = ProviderToken(*apple_key())
    for number in range(4):
        late._value = late._at(int(time.time()) - 60 * (number + 1))
        late._made_for = int(time.time()) // SPAN
        said = answer(late.value().decode())
    assert said == "TooManyProviderTokenUpdates"
