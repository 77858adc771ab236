"""What each network refuses, refused by its stand-in too; and what its errors lead to."""

from dataclasses import dataclass
from typing import Any

import pytest

from digest.outbound.channels.base import AnswerLost, Rejected
from digest.outbound.channels.bluesky import channel as bluesky
from digest.outbound.channels.bluesky.stand_in.server import COLLECTION
from digest.outbound.channels.discord import channel as discord
from digest.outbound.channels.mastodon import channel as mastodon
from digest.outbound.channels.matrix import channel as matrix
from digest.outbound.channels.places.line import PlaceAnswer
from digest.outbound.channels.slack import channel as slack
from tests.outbound.channels.places.networks import Scene, at

DELETE = object()


@dataclass(frozen=True)
class Asked:
    """One request that somebody may get wrong."""

    path: str
    told: Any
    method: str = "POST"
    headers: dict[str, str] | None = None


def but(told: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = told | changes
    return {name: value for name, value in made.items() if value is not DELETE}


SLACK = {"Authorization": "Bearer xoxb-local-stand-in"}
POST = {"channel": "C0123456789", "text": "Hello"}
OF_SLACK: list[tuple[str, Asked, str]] = [
    ("no token", Asked("/chat.postMessage", POST, headers={}), "not_authed"),
    ("a wrong token", Asked("/chat.postMessage", POST, headers={"Authorization": "Bearer x"}),
     "invalid_auth"),
    ("no such method", Asked("/chat.say", POST), "unknown_method"),
    ("a list", Asked("/chat.postMessage", [1]), "json_not_object"),
    ("no channel", Asked("/chat.postMessage", but(POST, channel=DELETE)), "channel_not_found"),
    ("a channel's name", Asked("/chat.postMessage", but(POST, channel="#general")),
     "channel_not_found"),
    ("a channel as number", Asked("/chat.postMessage", but(POST, channel=7)), "channel_not_found"),
    ("no words", Asked("/chat.postMessage", but(POST, text=DELETE)), "no_text"),
    ("empty words", Asked("/chat.postMessage", but(POST, text=" ")), "no_text"),
    ("words that are a list", Asked("/chat.postMessage", but(POST, text=["a"])), "no_text"),
    ("too many words", Asked("/chat.postMessage", but(POST, text="a" * 40_001)), "msg_too_long"),
    ("a strange parse", Asked("/chat.postMessage", but(POST, parse="some")), "invalid_arguments"),
    ("an archived channel", Asked("/chat.postMessage", but(POST, channel="C0ARCHIVED1")),
     "is_archived"),
    ("a channel without us", Asked("/chat.postMessage", but(POST, channel="C0CLOSED01")),
     "not_in_channel"),
    ("an edit of nothing", Asked("/chat.update", POST), "message_not_found"),
    ("an edit of a number", Asked("/chat.update", but(POST, ts=1.5)), "message_not_found"),
    ("an edit of what is gone", Asked("/chat.update", but(POST, ts="1700000000.000001")),
     "message_not_found"),
    ("an edit to nothing", Asked("/chat.update", but(POST, ts="TS", text="")), "no_text"),
    ("an edit elsewhere", Asked("/chat.update", but(POST, ts="TS", channel="C0987654321")),
     "message_not_found"),
    ("a deletion of nothing", Asked("/chat.delete", but(POST, ts="")), "message_not_found"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "asked", "error"), OF_SLACK, ids=lambda value: str(value)[:40])
def test_slack_refuses(fault: str, asked: Asked, error: str) -> None:
    async def play(scene: Scene) -> None:
        scene.server.archived.add("C0ARCHIVED1")
        scene.server.closed.add("C0CLOSED01")
        receipt = await scene.send()
        told = asked.told
        if isinstance(told, dict) and told.get("ts") == "TS":
            told = told | {"ts": receipt.provider_id}
        headers = SLACK if asked.headers is None else asked.headers
        status, body = await scene.ask("POST", asked.path, told, headers)
        assert (status, body["ok"], body["error"]) == (200, False, error)
        assert len(scene.server.taken) == 1

    at("slack", play)


MASTODON = {"Authorization": "Bearer local-mastodon"}
STATUSES = "/api/v1/statuses"
STATUS = {"status": "Hello"}
OF_MASTODON: list[tuple[str, Asked, int, str]] = [
    ("no token", Asked(STATUSES, STATUS, headers={}), 401, "access token is invalid"),
    ("a wrong token", Asked(STATUSES, STATUS, headers={"Authorization": "Bearer x"}), 401, "token"),
    ("a list", Asked(STATUSES, [1]), 400, "parsing request"),
    ("no words", Asked(STATUSES, {}), 422, "can't be blank"),
    ("blank words", Asked(STATUSES, {"status": " \n"}), 422, "can't be blank"),
    ("words that are a number", Asked(STATUSES, {"status": 7}), 422, "can't be blank"),
    ("too many words", Asked(STATUSES, {"status": "a" * 501}), 422, "limit of 500"),
    ("too many with a link", Asked(STATUSES, {"status": "a" * 477 + " https://a.example"}), 422,
     "limit of 500"),
    ("a strange visibility", Asked(STATUSES, but(STATUS, visibility="all")), 422, "Visibility"),
    ("a strange language", Asked(STATUSES, but(STATUS, language="English")), 422, "Language"),
    ("media that are none", Asked(STATUSES, but(STATUS, media_ids="7")), 422, "Media"),
    ("an edit of what is gone", Asked(STATUSES + "/7", STATUS, "PUT"), 404, "Record not found"),
    ("an edit without token", Asked(STATUSES + "/ID", STATUS, "PUT", {}), 401, "token"),
    ("an edit to nothing", Asked(STATUSES + "/ID", {"status": ""}, "PUT"), 422, "blank"),
    ("an edit to too much", Asked(STATUSES + "/ID", {"status": "한" * 501}, "PUT"), 422, "500"),
    ("a deletion of what is gone", Asked(STATUSES + "/7", None, "DELETE"), 404, "not found"),
    ("a deletion without token", Asked(STATUSES + "/ID", None, "DELETE", {}), 401, "token"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "asked", "status", "said"), OF_MASTODON, ids=lambda value: str(value)[:40]
)
def test_mastodon_refuses(fault: str, asked: Asked, status: int, said: str) -> None:
    async def play(scene: Scene) -> None:
        receipt = await scene.send()
        headers = MASTODON if asked.headers is None else asked.headers
        path = asked.path.replace("/ID", f"/{receipt.provider_id}")
        got, body = await scene.ask(asked.method, path, asked.told, headers)
        assert got == status and said in body["error"]
        assert len(scene.server.taken) == len(scene.server.standing) == 1

    at("mastodon", play)


def test_mastodon_counts_a_link_as_23_and_a_letter_with_marks_as_one() -> None:
    async def play(scene: Scene) -> None:
        for said in ("a" * 476 + " https://a.example/" + "b" * 300, "é" * 500, "👩‍👩‍👧‍👦" * 500):
            status, _ = await scene.ask("POST", STATUSES, {"status": said}, MASTODON)
            assert status == 200

    at("mastodon", play)


DISCORD = {"Authorization": "Bot local-discord"}
MESSAGES = "/channels/1203456789012345678/messages"
CONTENT = {"content": "Hello"}
OF_DISCORD: list[tuple[str, Asked, int, int]] = [
    ("no token", Asked(MESSAGES, CONTENT, headers={}), 401, 0),
    ("a wrong token", Asked(MESSAGES, CONTENT, headers={"Authorization": "Bot x"}), 401, 0),
    ("a bearer", Asked(MESSAGES, CONTENT, headers={"Authorization": "Bearer local-discord"}),
     401, 0),
    ("a list", Asked(MESSAGES, [1]), 400, 50109),
    ("a name as channel", Asked("/channels/general/messages", CONTENT), 400, 50035),
    ("no such channel", Asked("/channels/1000000000000000001/messages", CONTENT), 404, 10003),
    ("a channel without us", Asked("/channels/1000000000000000002/messages", CONTENT), 403, 50013),
    ("no words", Asked(MESSAGES, {}), 400, 50006),
    ("empty words", Asked(MESSAGES, {"content": "  "}), 400, 50006),
    ("words that are a number", Asked(MESSAGES, {"content": 7}), 400, 50035),
    ("too many words", Asked(MESSAGES, {"content": "a" * 2_001}), 400, 50035),
    ("a strange mention", Asked(MESSAGES, but(CONTENT, allowed_mentions={"parse": ["all"]})),
     400, 50035),
    ("mentions as a list", Asked(MESSAGES, but(CONTENT, allowed_mentions=[])), 400, 50035),
    ("a long nonce", Asked(MESSAGES, but(CONTENT, nonce="n" * 26)), 400, 50035),
    ("an edit of what is gone", Asked(MESSAGES + "/1000000000000000003", CONTENT, "PATCH"),
     404, 10008),
    ("an edit of another's", Asked(MESSAGES + "/1000000000000000004", CONTENT, "PATCH"),
     403, 50005),
    ("an edit to nothing", Asked(MESSAGES + "/ID", {"content": ""}, "PATCH"), 400, 50006),
    ("an edit to too much", Asked(MESSAGES + "/ID", {"content": "b" * 2_001}, "PATCH"), 400, 50035),
    ("an edit without token", Asked(MESSAGES + "/ID", CONTENT, "PATCH", {}), 401, 0),
    ("a deletion of what is gone", Asked(MESSAGES + "/1000000000000000003", None, "DELETE"),
     404, 10008),
    ("a deletion without token", Asked(MESSAGES + "/ID", None, "DELETE", {}), 401, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "asked", "status", "code"), OF_DISCORD, ids=lambda value: str(value)[:40]
)
def test_discord_refuses(fault: str, asked: Asked, status: int, code: int) -> None:
    async def play(scene: Scene) -> None:
        scene.server.unknown.add("1000000000000000001")
        scene.server.closed.add("1000000000000000002")
        scene.server.foreign.add("1000000000000000004")
        receipt = await scene.send()
        headers = DISCORD if asked.headers is None else asked.headers
        path = asked.path.replace("/ID", f"/{receipt.provider_id}")
        got, body = await scene.ask(asked.method, path, asked.told, headers)
        assert (got, body["code"]) == (status, code)
        assert len(scene.server.taken) == len(scene.server.standing) == 1

    at("discord", play)


RECORD = {"$type": COLLECTION, "text": "Hello", "createdAt": "2026-11-29T09:00:00.000Z"}
LINK = {"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example"}


def facet(start: Any, end: Any, **link: Any) -> list[Any]:
    return [{"index": {"byteStart": start, "byteEnd": end}, "features": [LINK | link]}]


REF = {"uri": f"at://did:plc:x/{COLLECTION}/3k", "cid": "bafyrei" + "a" * 52}
CARD = {"uri": "https://a.example", "title": "A", "description": ""}
OF_BLUESKY: list[tuple[str, dict[str, Any], str]] = [
    ("no type", but(RECORD, **{"$type": DELETE}), "$type"),
    ("another type", but(RECORD, **{"$type": "app.bsky.feed.like"}), "$type"),
    ("no words", but(RECORD, text=DELETE), "text"),
    ("words that are a number", but(RECORD, text=7), "text"),
    ("too many characters", but(RECORD, text="한" * 301), "300 graphemes"),
    ("too many bytes", but(RECORD, text="👩‍👩‍👧‍👦" * 125), "3000 characters"),
    ("no date", but(RECORD, createdAt=DELETE), "createdAt"),
    ("a date without zone", but(RECORD, createdAt="2026-11-29T09:00:00"), "createdAt"),
    ("a date as number", but(RECORD, createdAt=1764406800), "createdAt"),
    ("four languages", but(RECORD, langs=["en", "ko", "fr", "es"]), "langs"),
    ("a language that is none", but(RECORD, langs=["English!"]), "langs/0"),
    ("facets that are none", but(RECORD, facets={}), "facets"),
    ("a facet beyond the words", but(RECORD, facets=facet(0, 6)), "index"),
    ("a facet backwards", but(RECORD, facets=facet(3, 2)), "index"),
    ("a facet below", but(RECORD, facets=facet(-1, 2)), "index"),
    ("a facet in words", but(RECORD, facets=facet("0", "2")), "index"),
    ("a link without address", but(RECORD, facets=facet(0, 5, uri="")), "uri"),
    ("a link that is none", but(RECORD, facets=facet(0, 5, uri="a.example")), "uri"),
    ("a reply to half a thread", but(RECORD, reply={"root": REF}), '"parent"'),
    ("a reply to an address", but(RECORD, reply={"root": REF | {"uri": "https://a"},
                                                 "parent": REF}), "at-uri"),
    ("a reply without cid", but(RECORD, reply={"root": REF, "parent": REF | {"cid": ""}}), "cid"),
    ("a card without a title", but(RECORD, embed={"$type": "app.bsky.embed.external",
                                   "external": but(CARD, title=DELETE)}), '"title"'),
    ("a card to nowhere", but(RECORD, embed={"$type": "app.bsky.embed.external",
                              "external": CARD | {"uri": "nowhere"}}), "uri"),
    ("a strange card", but(RECORD, embed={"$type": "x", "external": CARD}), "embed"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "record", "said"), OF_BLUESKY, ids=lambda value: str(value)[:40])
def test_bluesky_refuses(fault: str, record: dict[str, Any], said: str) -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        (token,) = scene.server.sessions
        told = {"repo": scene.server.did, "collection": COLLECTION, "record": record}
        headers = {"Authorization": f"Bearer {token}"}
        path = "/xrpc/com.atproto.repo.createRecord"
        status, body = await scene.ask("POST", path, told, headers)
        assert (status, body["error"]) == (400, "InvalidRequest") and said in body["message"]
        assert len(scene.server.taken) == 1

    at("bluesky", play)


@pytest.mark.parametrize(
    ("changes", "headers", "status", "error"),
    [
        ({}, {}, 401, "AuthMissing"),
        ({}, {"Authorization": "Bearer x"}, 400, "InvalidToken"),
        ({"repo": "somebody.else"}, None, 400, "InvalidRequest"),
        ({"repo": DELETE}, None, 400, "InvalidRequest"),
        ({"collection": "app.bsky.feed.poem"}, None, 400, "InvalidRequest"),
        ({"record": DELETE}, None, 400, "InvalidRequest"),
        ({"record": "Hello"}, None, 400, "InvalidRequest"),
    ],
)
def test_bluesky_refuses_what_surrounds_a_record(
    changes: dict[str, Any], headers: dict[str, str] | None, status: int, error: str
) -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        (token,) = scene.server.sessions
        told = {"repo": scene.server.did, "collection": COLLECTION, "record": RECORD}
        sent = {"Authorization": f"Bearer {token}"} if headers is None else headers
        path = "/xrpc/com.atproto.repo.createRecord"
        got, body = await scene.ask("POST", path, but(told, **changes), sent)
        assert (got, body["error"]) == (status, error)

    at("bluesky", play)


MATRIX = {"Authorization": "Bearer local-matrix"}
ROOM = "/_matrix/client/v3/rooms/%21newsroom%3Amatrix.example"
SAY = ROOM + "/send/m.room.message/t1"
SAID = {"msgtype": "m.text", "body": "Hello"}
EDIT = SAID | {"m.new_content": SAID, "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}}
OF_MATRIX: list[tuple[str, Asked, int, str]] = [
    ("no token", Asked(SAY, SAID, "PUT", {}), 401, "M_MISSING_TOKEN"),
    ("a wrong token", Asked(SAY, SAID, "PUT", {"Authorization": "Bearer x"}), 401,
     "M_UNKNOWN_TOKEN"),
    ("a list", Asked(SAY, [1], "PUT"), 400, "M_NOT_JSON"),
    ("an alias as room", Asked(SAY.replace("%21", "%23"), SAID, "PUT"), 400, "M_INVALID_PARAM"),
    ("a room without us", Asked(SAY.replace("newsroom", "closed"), SAID, "PUT"), 403,
     "M_FORBIDDEN"),
    ("another kind of event", Asked(ROOM + "/send/m.room.name/t1", SAID, "PUT"), 403,
     "M_FORBIDDEN"),
    ("no kind", Asked(SAY, but(SAID, msgtype=DELETE), "PUT"), 400, "M_BAD_JSON"),
    ("a strange kind", Asked(SAY, but(SAID, msgtype="m.poem"), "PUT"), 400, "M_BAD_JSON"),
    ("no words", Asked(SAY, but(SAID, body=DELETE), "PUT"), 400, "M_BAD_JSON"),
    ("empty words", Asked(SAY, but(SAID, body=" "), "PUT"), 400, "M_BAD_JSON"),
    ("words that are a number", Asked(SAY, but(SAID, body=7), "PUT"), 400, "M_BAD_JSON"),
    ("too many words", Asked(SAY, but(SAID, body="a" * 65_536), "PUT"), 413, "M_TOO_LARGE"),
    ("HTML without its form", Asked(SAY, but(SAID, formatted_body="a"), "PUT"), 400, "M_BAD_JSON"),
    ("HTML that is none", Asked(SAY, but(SAID, format="org.matrix.custom.html", formatted_body=7),
                                "PUT"), 400, "M_BAD_JSON"),
    ("mentions as a list", Asked(SAY, but(SAID, **{"m.mentions": []}), "PUT"), 400, "M_BAD_JSON"),
    ("an edit of nothing", Asked(SAY, but(EDIT, **{"m.relates_to": {"rel_type": "m.replace"}}),
                                 "PUT"), 400, "M_BAD_JSON"),
    ("an edit to nothing", Asked(SAY, but(EDIT, **{"m.new_content": DELETE}), "PUT"), 400,
     "M_BAD_JSON"),
    ("an edit without words", Asked(SAY, but(EDIT, **{"m.new_content": {"msgtype": "m.text"}}),
                                    "PUT"), 400, "M_BAD_JSON"),
    ("a relation that is none", Asked(SAY, but(SAID, **{"m.relates_to": "$1"}), "PUT"), 400,
     "M_BAD_JSON"),
    ("a redaction of what is gone", Asked(ROOM + "/redact/%24gone/t1", {}, "PUT"), 404,
     "M_NOT_FOUND"),
    ("a redaction without token", Asked(ROOM + "/redact/%24gone/t1", {}, "PUT", {}), 401,
     "M_MISSING_TOKEN"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "asked", "status", "errcode"), OF_MATRIX, ids=lambda value: str(value)[:40]
)
def test_matrix_refuses(fault: str, asked: Asked, status: int, errcode: str) -> None:
    async def play(scene: Scene) -> None:
        scene.server.closed.add("!closed:matrix.example")
        await scene.send()
        headers = MATRIX if asked.headers is None else asked.headers
        got, body = await scene.ask(asked.method, asked.path, asked.told, headers)
        assert (got, body["errcode"]) == (status, errcode)
        assert len(scene.server.taken) == len(scene.server.standing) == 1

    at("matrix", play)


PERMANENT, HELD, LATER, UNSURE = "permanent", "held", "later", "unsure"


@pytest.mark.parametrize(
    ("judge", "status", "body", "leads_to"),
    [
        *[(slack.judge, 200, {"ok": False, "error": each}, PERMANENT)
          for each in ("channel_not_found", "not_in_channel", "is_archived", "message_not_found",
                       "cant_update_message", "edit_window_closed", "restricted_action")],
        *[(slack.judge, 200, {"ok": False, "error": each}, HELD)
          for each in ("invalid_auth", "token_revoked", "account_inactive", "missing_scope",
                       "not_authed", "no_text", "msg_too_long", "invalid_arguments")],
        *[(slack.judge, 200, {"ok": False, "error": each}, LATER)
          for each in ("ratelimited", "message_limit_exceeded")],
        *[(slack.judge, 200, {"ok": False, "error": each}, UNSURE)
          for each in ("fatal_error", "internal_error", "service_unavailable")],
        (slack.judge, 200, None, UNSURE),
        (mastodon.judge, 401, {"error": "The access token is invalid"}, HELD),
        (mastodon.judge, 403, {"error": "This action is not allowed"}, HELD),
        (mastodon.judge, 404, {"error": "Record not found"}, PERMANENT),
        (mastodon.judge, 422, {"error": "Validation failed"}, HELD),
        (mastodon.judge, 429, {"error": "Too many requests"}, LATER),
        (mastodon.judge, 400, "<html>", HELD),
        *[(discord.judge, 403, {"code": each, "message": "m"}, PERMANENT)
          for each in (50001, 50013, 50005)],
        *[(discord.judge, 404, {"code": each, "message": "m"}, PERMANENT)
          for each in (10003, 10008)],
        (discord.judge, 401, {"code": 0, "message": "401: Unauthorized"}, HELD),
        (discord.judge, 403, {"code": 20001, "message": "m"}, HELD),
        (discord.judge, 400, {"code": 50035, "message": "Invalid Form Body"}, HELD),
        (discord.judge, 429, {"message": "m", "retry_after": 1.5, "global": True}, LATER),
        *[(bluesky.judge, 401, {"error": each, "message": "m"}, HELD)
          for each in ("AuthenticationRequired", "AuthMissing", "AccountTakedown")],
        (bluesky.judge, 400, {"error": "InvalidRequest", "message": "m"}, HELD),
        *[(matrix.judge, 403, {"errcode": each, "error": "m"}, PERMANENT)
          for each in ("M_FORBIDDEN", "M_NOT_FOUND", "M_INVALID_PARAM")],
        *[(matrix.judge, 401, {"errcode": each, "error": "m"}, HELD)
          for each in ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN")],
        (matrix.judge, 413, {"errcode": "M_TOO_LARGE", "error": "m"}, HELD),
        (matrix.judge, 429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2000}, LATER),
        (bluesky.judge, 429, {"error": "RateLimitExceeded", "message": "m"}, LATER),
    ],
)  # fmt: skip
def test_each_error_leads_to_what_its_group_asks_for(
    judge: Any, status: int, body: Any, leads_to: str
) -> None:
    answer = PlaceAnswer(status, body)
    if leads_to == UNSURE:
        with pytest.raises(AnswerLost):
            judge(answer)
        return
    refused = judge(answer)
    assert isinstance(refused, Rejected)
    assert refused.permanent == (leads_to == PERMANENT)
    assert (refused.scope == "channel") == (leads_to == HELD)
    assert (refused.retry_after is not None) == (leads_to == LATER)
