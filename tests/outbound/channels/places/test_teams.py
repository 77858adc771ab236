"""Teams: what a workflow takes, what it refuses, and whom a refusal concerns."""

import copy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from digest.kit import secrecy
from digest.kit.doctor.finding import ERROR, OK, WARNING
from digest.outbound.channels.base import AnswerLost, Rejected, Unreachable
from digest.outbound.channels.places.line import PlaceAnswer
from digest.outbound.channels.rendering import render_alert, render_edition
from digest.outbound.channels.teams import doctor
from digest.outbound.channels.teams.address import webhooks
from digest.outbound.channels.teams.channel import judge
from digest.outbound.channels.teams.stand_in.server import WORKFLOW, address_at
from digest.outbound.channels.teams.words import CARD_TYPE, LIMIT, MOST, card, size
from digest.outbound.messages.message import Act
from tests.outbound.channels.places.networks import Scene, at
from tests.outbound.samples import ALERT, EDITION, NEWSROOM, edition_of

RUN = {"type": "TextRun", "text": "Hello"}
BLOCK = {"type": "RichTextBlock", "inlines": [RUN]}
CARD = {"type": "AdaptiveCard", "version": "1.4", "body": [BLOCK]}
MESSAGE = {"type": "message", "attachments": [{"contentType": CARD_TYPE, "content": CARD}]}
PATH = address_at("")


def with_card(**changes: Any) -> dict[str, Any]:
    told = copy.deepcopy(MESSAGE)
    told["attachments"][0]["content"] = CARD | changes  # type: ignore[index]
    return told


def with_run(**changes: Any) -> dict[str, Any]:
    return with_card(body=[BLOCK | {"inlines": [RUN | changes]}])


OPEN = {"type": "Action.OpenUrl", "title": "Read", "url": "https://a.example"}
REFUSED: list[tuple[str, str, Any, int, str]] = [
    ("no signature", PATH.partition("&sig")[0], MESSAGE, 401, "DirectApiAuthorizationRequired"),
    ("a wrong signature", address_at("", signature="x"), MESSAGE, 401, "AuthorizationFailed"),
    ("another version", PATH.replace("2016-06-01", "2014-01-01"), MESSAGE, 401, "Authorization"),
    ("a workflow that is gone", address_at("", "gone"), MESSAGE, 404, "WorkflowNotFound"),
    ("a workflow that is off", address_at("", "off"), MESSAGE, 400, "WorkflowTriggerIsNotEnabled"),
    ("a list", PATH, [1], 400, "InvalidRequestContent"),
    ("no message", PATH, CARD, 400, "'message'"),
    ("a message card", PATH, {"@type": "MessageCard", "text": "Hello"}, 400, "'message'"),
    ("no attachments", PATH, {"type": "message", "text": "Hello"}, 400, "'Null'"),
    ("two cards", PATH, MESSAGE | {"attachments": [1, 2]}, 400, "at a time"),
    ("another content", PATH, MESSAGE | {"attachments": [{"contentType": "text/html"}]}, 400,
     "content type"),
    ("a card that is none", PATH, with_card(type="Card"), 400, "'AdaptiveCard'"),
    ("a card of tomorrow", PATH, with_card(version="1.9"), 400, "version"),
    ("an empty card", PATH, with_card(body=[]), 400, "no body"),
    ("an unknown element", PATH, with_card(body=[{"type": "Poem"}]), 400, "element"),
    ("an unknown spacing", PATH, with_card(body=[BLOCK | {"spacing": "Wide"}]), 400, "spacing"),
    ("a block without words", PATH, with_card(body=[BLOCK | {"inlines": []}]), 400, "inlines"),
    ("words that are none", PATH, with_card(body=[BLOCK | {"inlines": ["a"]}]), 400, "inline"),
    ("empty words", PATH, with_run(text=""), 400, "'text'"),
    ("words that are a number", PATH, with_run(text=7), 400, "'text'"),
    ("an unknown weight", PATH, with_run(weight="Heavy"), 400, "weight"),
    ("a link to nowhere", PATH, with_run(selectAction=OPEN | {"url": "nowhere"}), 400, "address"),
    ("a link that runs", PATH, with_run(selectAction={"type": "Action.Execute"}), 400, "action"),
    ("a button without words", PATH, with_card(actions=[OPEN | {"title": " "}]), 400, "title"),
    ("too many buttons", PATH, with_card(actions=[OPEN] * 7), 400, "at most 6"),
    ("too much", PATH, with_run(text="a" * MOST), 400, "MessageSizeExceeded"),
    ("far too much", PATH, with_run(text="a" * 300_000), 413, "TooLarge"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "path", "told", "status", "said"), REFUSED, ids=lambda value: str(value)[:30]
)
def test_a_workflow_refuses(fault: str, path: str, told: Any, status: int, said: str) -> None:
    async def play(scene: Scene) -> None:
        scene.server.gone.add("gone")
        scene.server.off.add("off")
        got, body = await scene.ask("POST", path, told)
        assert got == status and said in str(body["error"])
        assert scene.server.taken == []

    at("teams", play)


def test_what_follows_an_alert_is_a_card_of_its_own() -> None:
    async def play(scene: Scene) -> None:
        for act, kind in ((Act.SEND, "first"), (Act.REPLACE, "correction"), (Act.WITHDRAW, "x")):
            words = render_alert(replace(ALERT, kind=kind), "teams", NEWSROOM)
            receipt = await scene.send(words, act=act, earlier="7")
            assert (receipt.code, receipt.reply, receipt.provider_id) == (202, "begun", "")
        assert len(scene.server.standing) == 3

    at("teams", play)


def test_somebody_else_s_words_are_no_marks_and_what_is_read_on_is_a_button() -> None:
    rude = "<at>everyone</at> **hi** [x](http://e.example)"
    made = render_alert(replace(ALERT, headline=rude), "teams", NEWSROOM).fields["card"]
    assert made["body"][0]["inlines"] == [
        {"type": "TextRun", "text": f"Breaking: {rude}", "weight": "Bolder", "size": "Medium"}
    ]
    assert made["actions"] == [
        {"type": "Action.OpenUrl", "title": "Read the story", "url": ALERT.url}
    ]
    assert {each["type"] for each in made["body"]} == {"RichTextBlock"}


def test_an_edition_of_ten_long_items_fits_in_every_script() -> None:
    for letter in ("a", "한", "ب", '"', "👩‍👩‍👧‍👦"):
        words = render_edition(
            edition_of([letter * 300] * 12, [letter * 300] * 12), "teams", NEWSROOM
        )
        assert size(words.fields["card"]) <= LIMIT < MOST
        assert words.fields["length"] <= LIMIT
    assert size(card((), "en")) < 400
    assert render_edition(EDITION, "teams", NEWSROOM).fields["card"]["lang"] == "en"


def test_a_workflow_s_refusal_is_of_that_place_alone_and_tells_no_address() -> None:
    async def play(scene: Scene) -> None:
        scene.server.gone.add(WORKFLOW)
        with pytest.raises(Rejected, match="WorkflowNotFound") as caught:
            await scene.send()
        assert (caught.value.permanent, caught.value.scope) == (True, "message")
        assert "sig=" not in str(caught.value)
        scene.network = replace(scene.network, place="sport")
        with pytest.raises(Rejected, match="knows no workflow called sport") as caught:
            await scene.send()
        assert caught.value.permanent

    at("teams", play)


def test_a_network_that_is_not_there_tells_no_address() -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(Unreachable) as caught:
            await scene.send()
        assert "sig" not in str(caught.value) and "127.0.0.1" not in str(caught.value)

    at("teams", play, DIGEST_TEAMS_WEBHOOKS=f"newsroom={address_at('http://127.0.0.1:9')}")


@pytest.mark.parametrize(
    ("status", "code", "permanent", "scope"),
    [
        (401, "DirectApiAuthorizationRequired", True, "message"),
        (403, "Forbidden", True, "message"),
        (404, "WorkflowNotFound", True, "message"),
        (410, "Gone", True, "message"),
        (400, "WorkflowTriggerIsNotEnabled", True, "message"),
        (400, "BadRequest", False, "channel"),
        (413, "RequestEntityTooLarge", False, "channel"),
        (429, "WorkflowRequestsThrottled", False, "message"),
    ],
)
def test_each_error_leads_to_what_it_asks_for(
    status: int, code: str, permanent: bool, scope: str
) -> None:
    refused = judge(PlaceAnswer(status, {"error": {"code": code, "message": "m"}}))
    assert refused is not None
    assert (refused.permanent, refused.scope) == (permanent, scope)
    assert (refused.retry_after is not None) == (status == 429)


def test_a_workflow_that_answers_otherwise_may_have_posted() -> None:
    with pytest.raises(AnswerLost):
        judge(PlaceAnswer(200, {"ok": True}))
    assert judge(PlaceAnswer(202)) is None


GOOD = address_at("https://prod-7.westus.logic.azure.com:443")
NEWER = (
    "https://default1.1.environment.api.powerplatform.com/powerautomate/automations/direct"
    "/workflows/0f/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers&sv=1.0&sig=x"
)


@pytest.mark.parametrize(
    ("given", "production", "states"),
    [
        ("", False, [WARNING]),
        ("", True, [ERROR]),
        (f"newsroom={GOOD} sport={NEWER}", True, [OK]),
        (GOOD, True, [ERROR]),
        (f"newsroom={GOOD} newsroom={NEWER}", True, [ERROR]),
        (f"newsroom={GOOD.replace('https', 'http')}", True, [ERROR]),
        ("newsroom=https://meridian.webhook.office.com/webhookb2/1", True, [ERROR]),
        (f"newsroom={GOOD.partition('&sig')[0]}", True, [ERROR]),
    ],
)
def test_the_doctor_looks_at_every_address_and_shows_none(
    given: str, production: bool, states: list[str]
) -> None:
    settings = SimpleNamespace(DIGEST_TEAMS_WEBHOOKS=given, DIGEST_PRODUCTION=production)
    found = doctor.check(settings, lambda name: [])
    assert [each.state for each in found] == states
    assert "sig=" not in str(found)


def test_workflows_are_named_once_each() -> None:
    assert webhooks(f"News={GOOD}\n sport=ftp://a =https://b {GOOD}") == {"news": GOOD}


def test_an_address_is_blotted_out_wherever_it_might_be_shown() -> None:
    secrets = secrecy.of_settings({"DIGEST_TEAMS_WEBHOOKS": f"a={GOOD} b={NEWER}xyzzy"})
    assert secrets == {"local-teams", "xxyzzy"}
    assert "local-teams" not in secrecy.in_urls(f"POST {GOOD}")
