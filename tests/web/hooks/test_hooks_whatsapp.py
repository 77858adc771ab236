"""WhatsApp's webhook verifies, stores each event once, and answers 200."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.models import ProviderEvent
from digest.outbound.channels.whatsapp.events import events
from digest.outbound.channels.whatsapp.webhook import is_signed
from digest.web.hooks.storable import storable

SECRET = "app-secret"

STATUS = {"id": "wamid.A", "status": "delivered", "timestamp": "1790000000"}
MESSAGE = {"id": "wamid.B", "from": "6591234567", "type": "text", "text": {"body": "STOP"}}


def body(**value) -> dict:
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


@pytest.fixture
def post(client, settings, db):
    settings.DIGEST_WHATSAPP_APP_SECRET = SECRET
    settings.DIGEST_WHATSAPP_VERIFY_TOKEN = "verify-me"

    def send(document, signature: str | None = None):
        raw = document if isinstance(document, bytes) else json.dumps(document).encode()
        if signature is None:
            signature = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        return client.post(
            "/hooks/whatsapp",
            raw,
            content_type="application/json",
            headers={"X-Hub-Signature-256": signature},
        )

    return send


def test_the_challenge_is_answered_only_to_who_knows_our_token(client, post) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    answer = client.get("/hooks/whatsapp", asked | {"hub.verify_token": "verify-me"})
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert client.get("/hooks/whatsapp", asked | {"hub.verify_token": "é"}).status_code == 403
    assert client.get("/hooks/whatsapp", asked).status_code == 403


def test_nothing_is_accepted_while_no_secret_is_set(client, settings, db) -> None:
    settings.DIGEST_WHATSAPP_APP_SECRET = settings.DIGEST_WHATSAPP_VERIFY_TOKEN = ""
    raw = json.dumps(body(statuses=[STATUS])).encode()
    empty = "sha256=" + hmac.new(b"", raw, hashlib.sha256).hexdigest()
    answer = client.post("/hooks/whatsapp", raw, content_type="application/json",
                         headers={"X-Hub-Signature-256": empty})  # fmt: skip
    assert answer.status_code == 403
    asked = {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": ""}
    assert client.get("/hooks/whatsapp", asked).status_code == 403


def test_each_event_is_stored_once_however_often_it_comes(post) -> None:
    document = body(statuses=[STATUS, STATUS | {"status": "read"}], messages=[MESSAGE])
    for _ in range(3):
        assert post(document).status_code == 200
    stored = ProviderEvent.objects.order_by("event_id")
    assert [each.event_id for each in stored] == [
        "message:wamid.B", "status:wamid.A:delivered", "status:wamid.A:read",
    ]  # fmt: skip
    assert stored[1].body["status"] == STATUS and stored[1].body["contacts"] == []
    assert all(each.provider == "whatsapp" and each.processed_at is None for each in stored)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=00", "sha1=abc", "é"])
def test_what_is_not_signed_with_our_secret_is_refused(post, signature: str) -> None:
    assert post(body(statuses=[STATUS]), signature).status_code == 403
    assert not ProviderEvent.objects.exists()


def test_a_body_beyond_bounds_is_refused_and_an_unreadable_one_ignored(post) -> None:
    assert post(b" " * (1024 * 1024 + 1)).status_code == 413
    assert post(b"{nonsense").status_code == 200
    assert post(b"[" * 100_000).status_code == 200
    assert post(b'{"entry": ' + b"[" * 900 + b"]" * 900 + b"}").status_code == 200
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("word", ["a\x00b", "\\u0000", "half \ud800", "\ud83d\ude00"])
def test_what_postgresql_cannot_hold_loses_no_stop(post, word: str) -> None:
    odd = MESSAGE | {"id": f"wamid.{word}", "text": {"body": word}}
    assert post(body(messages=[odd, MESSAGE])).status_code == 200
    assert ProviderEvent.objects.count() == 2


def test_other_news_of_the_account_is_kept_under_its_fields_name(post) -> None:
    change = {"field": "account_update", "value": {"event": "BAN"}}
    assert post({"entry": [{"changes": [change, change]}]}).status_code == 200
    assert ProviderEvent.objects.get().body == {"kind": "account_update", "value": {"event": "BAN"}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["entry", "changes", "value", "field", "statuses", "messages", "id",
                         "metadata", "contacts"]), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_no_shape_of_body_is_an_error(document) -> None:
    for report in events(document):
        assert len(report.event_id) <= 200 and report.kind


ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=8)
ANY_JSON = st.recursive(
    st.none() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(ANY_JSON)
def test_whatever_is_stored_is_unicode_and_finite_and_stays_so(document) -> None:
    stored = storable(document)
    text = json.dumps(stored, ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in text.replace("\\\\", "") and text.encode()
    assert storable(stored) == stored


def test_text_that_can_be_stored_stays_as_it_is() -> None:
    kept = {"a \\u0000": ["😀", "\\ud800", 1.5, True, None]}
    assert storable(kept) == kept
    assert storable("\ud83d\ude00 \ud800") == "😀 \ufffd"


@given(st.binary(max_size=50), st.text(max_size=80))
def test_no_other_header_is_a_signature(raw: bytes, header: str) -> None:
    assert not is_signed(raw, header, SECRET)
