"""What Meta refuses, refused by our stand-in too; and what each of its errors leads to."""

import asyncio
import json
from copy import deepcopy
from functools import cache
from typing import Any

import aiohttp
import pytest

from digest.kit.clock import now
from digest.outbound.channels.base import Rejected
from digest.outbound.channels.rendering import render_alert, render_confirmation
from digest.outbound.channels.report import Kind
from digest.outbound.channels.whatsapp import errors, webhook
from digest.outbound.channels.whatsapp.channel import payload
from digest.outbound.channels.whatsapp.stand_in.account import TemplateStore
from digest.outbound.channels.whatsapp.templates import HALT, ChosenTemplate, halted
from tests.fakes.whatsapp import PHONE_ID, TOKEN, CloudApi, serve
from tests.outbound.channels.test_whatsapp_channel import one
from tests.outbound.samples import ALERT, CONFIRM_THIS, NEWSROOM

DELETE = object()
SITE, LINK = "https://news.meridian.example/", "https://a.example/a.jpg"


@cache
def template() -> dict[str, Any]:
    return payload(one(), plain(one()))


def plain(copy: Any) -> ChosenTemplate:
    return ChosenTemplate(copy.words.fields["template"], "en")


@cache
def with_button() -> dict[str, Any]:
    """An alert as the template with a button."""
    copy = one(words=render_alert(ALERT, "whatsapp", NEWSROOM))
    return payload(copy, ChosenTemplate("alert_button", "en", "s/0000000000000000000001"))


@cache
def with_picture() -> dict[str, Any]:
    """An alert as the template with a picture above its words, and a button."""
    copy = one(words=render_alert(ALERT, "whatsapp", NEWSROOM))
    choice = ChosenTemplate("alert_picture", "en", "s/0000000000000000000001", LINK)
    return payload(copy, choice)


@cache
def free() -> dict[str, Any]:
    return payload(one())


@cache
def captioned() -> dict[str, Any]:
    """An alert as a picture with free text below it."""
    return payload(one(words=render_alert(ALERT, "whatsapp", NEWSROOM)), picture=LINK)


def but(body: dict[str, Any], path: str, value: Any) -> Any:
    """``body`` with another value at a path such as ``template.components.0.type``."""
    made = deepcopy(body)
    at: Any = made
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in way:
        at = at[part]
    if value is DELETE:
        del at[last]
    else:
        at[last] = value
    return made


SLOT = "template.components.0.parameters.0"
BUTTON = {"type": "button", "sub_type": "url", "index": 0, "parameters": []}
IMAGE = {"type": "image", "image": {"link": "https://a.example/a.jpg"}}
TEXT = {"type": "text", "text": "x"}
# (what is wrong, where it is, with what, Meta's code)
OF_TEMPLATES: list[tuple[str, str, Any, int]] = [
    ("no product", "messaging_product", DELETE, 100),
    ("another product", "messaging_product", "messenger", 100),
    ("a strange recipient type", "recipient_type", "everybody", 100),
    ("nobody to send to", "to", DELETE, 100),
    ("a name as number", "to", "alice", 131009),
    ("a number as number", "to", 6591234567, 131009),
    ("an empty number", "to", "", 131009),
    ("digits of another script", "to", "٦٥٩١٢٣٤٥٦٧", 131009),
    ("an unknown field", "priority", "high", 100),
    ("callback data too long", "biz_opaque_callback_data", "x" * 513, 131009),
    ("callback data that is no text", "biz_opaque_callback_data", {"a": 1}, 131009),
    ("a strange type", "type", "poem", 100),
    ("an answer to nothing", "context", {"message_id": "7"}, 131009),
    ("an unknown field of the context", "context", {"message_id": "wamid.x", "a": 1}, 100),
    ("no template", "template", DELETE, 131008),
    ("a template as text", "template", "alert", 100),
    ("no name", "template.name", DELETE, 131008),
    ("a name in capitals", "template.name", "Alert", 100),
    ("an unknown template", "template.name", "unheard_of", 132001),
    ("no language", "template.language", DELETE, 131008),
    ("a language as text", "template.language", "en", 100),
    ("a language without code", "template.language.code", DELETE, 131008),
    ("a language that is none", "template.language.code", "English!", 100),
    ("a language it is not in", "template.language.code", "de", 132001),
    ("a strange policy", "template.language.policy", "fallback", 100),
    ("an unknown field of the template", "template.namespace", "x", 100),
    ("components as an object", "template.components", {}, 100),
    ("a component as text", "template.components.0", "body", 100),
    ("a strange component", "template.components.0.type", "foot", 100),
    ("no parameters", "template.components.0.parameters", DELETE, 131008),
    ("an unknown field of a component", "template.components.0.index", 0, 100),
    ("a parameter without type", f"{SLOT}.type", DELETE, 131008),
    ("a picture in the body", SLOT, IMAGE, 132012),
    ("an empty slot", f"{SLOT}.text", "", 131008),
    ("a slot that is a number", f"{SLOT}.text", 7, 131008),
    ("a line break in a slot", f"{SLOT}.text", "a\nb", 132018),
    ("a tab in a slot", f"{SLOT}.text", "a\tb", 132018),
    ("five spaces in a slot", f"{SLOT}.text", "a     b", 132018),
    ("a slot too long", f"{SLOT}.text", "x" * 1025, 132005),
    ("an unknown field of a slot", f"{SLOT}.bold", True, 100),
    ("a slot by name", f"{SLOT}.parameter_name", "headline", 132000),
    ("a slot too few", f"{SLOT}", DELETE, 132000),
    ("the body twice", "template.components", [{"type": "body", "parameters": []}] * 2, 100),
    ("a header that it has not", "template.components.0.type", "header", 132012),
    ("a button without kind", "template.components.0", BUTTON | {"sub_type": None}, 100),
    ("a button without place", "template.components.0", BUTTON | {"index": None}, 131008),
    ("an eleventh button", "template.components.0", BUTTON | {"index": 10}, 131008),
    ("a button it has not", "template.components.0", BUTTON | {"parameters": [TEXT]}, 132012),
    ("a button that makes no address", "template.components.0",
     BUTTON | {"parameters": [TEXT | {"text": "a b"}]}, 132012),
    ("a picture of both", "template.components.0",
     {"type": "header", "parameters": [{"type": "image", "image": {"link": "x", "id": "1"}}]}, 100),
    ("a picture of no address", "template.components.0",
     {"type": "header", "parameters": [{"type": "image", "image": {"link": "a.jpg"}}]}, 131009),
]  # fmt: skip
PRESS = "template.components.1"
ENDS = f"{PRESS}.parameters.0.text"
OF_BUTTONS: list[tuple[str, str, Any, int]] = [
    ("no button where there is one", PRESS, DELETE, 131008),
    ("a button without its parameter", f"{PRESS}.parameters", [], 131008),
    ("a button without parameters", f"{PRESS}.parameters", DELETE, 131008),
    ("two parameters for one button", f"{PRESS}.parameters", [TEXT, TEXT], 132012),
    ("a second button", f"{PRESS}.index", "1", 132012),
    ("a button that has no place", f"{PRESS}.index", "first", 131008),
    ("a reply where there is a link", f"{PRESS}.sub_type", "quick_reply", 132012),
    ("a kind of button that is none", f"{PRESS}.sub_type", "link", 100),
    ("an unknown field of a button", f"{PRESS}.url", "https://news.example/x", 100),
    ("the button twice", "template.components", [BUTTON | {"parameters": [TEXT]}] * 2, 100),
    ("a picture on a button", f"{PRESS}.parameters", [IMAGE], 132012),
    ("nothing behind the site", ENDS, "", 131008),
    ("a number behind the site", ENDS, 7, 131008),
    ("an address too long for itself", ENDS, "x" * 2001, 132012),
    ("an address too long with its site", ENDS, "x" * (2001 - len(SITE)), 132012),
    ("a blank behind the site", ENDS, "New York", 132012),
    ("a letter that is not encoded", ENDS, "Peña", 132012),
    ("a colon that is not encoded", ENDS, "x:key", 132012),
    ("the link in the words as well", f"{SLOT}", TEXT | {"type": "url"}, 132012),
    ("a slot too many", "template.components.0.parameters", [TEXT] * 3, 132000),
]
ABOVE = "template.components.0"
OF_PICTURES: list[tuple[str, str, Any, int]] = [
    ("no picture where there is one", ABOVE, DELETE, 132012),
    ("a header without its picture", f"{ABOVE}.parameters", [], 132012),
    ("a header without parameters", f"{ABOVE}.parameters", DELETE, 131008),
    ("words where there is a picture", f"{ABOVE}.parameters", [TEXT], 132012),
    ("a film where there is a picture", f"{ABOVE}.parameters",
     [{"type": "video", "video": {"link": LINK}}], 132012),
    ("two pictures", f"{ABOVE}.parameters", [IMAGE, IMAGE], 132012),
    ("a picture as text", f"{ABOVE}.parameters.0.image", LINK, 100),
    ("a picture without its address", f"{ABOVE}.parameters.0.image", {}, 100),
    ("a picture with words", f"{ABOVE}.parameters.0.image", {"link": LINK, "caption": "x"}, 100),
    ("a picture without https", f"{ABOVE}.parameters.0.image.link", "http://a.example/a.jpg",
     131009),
    ("a picture of no host", f"{ABOVE}.parameters.0.image.link", "https:///a.jpg", 131009),
    ("a picture as data", f"{ABOVE}.parameters.0.image.link", "data:image/png;base64,x", 131009),
    ("a picture's address as a number", f"{ABOVE}.parameters.0.image.link", 7, 131009),
    ("a picture's address too long", f"{ABOVE}.parameters.0.image.link",
     f"https://a.example/{'x' * 2000}", 131009),
    ("a kind of parameter that is none", f"{ABOVE}.parameters.0.type", "picture", 132012),
    ("a place in the header", f"{ABOVE}.index", 0, 100),
    ("the header twice", "template.components.1",
     {"type": "header", "parameters": [IMAGE]}, 100),
]  # fmt: skip
OF_TEXTS: list[tuple[str, str, Any, int]] = [
    ("no text", "text", DELETE, 100),
    ("text as text", "text", "hello", 100),
    ("no words", "text.body", DELETE, 100),
    ("blanks", "text.body", " \n ", 100),
    ("words as a number", "text.body", 7, 100),
    ("words too long", "text.body", "x" * 4097, 100),
    ("a preview as a word", "text.preview_url", "yes", 100),
    ("an unknown field of the text", "text.bold", True, 100),
]
OF_IMAGES: list[tuple[str, str, Any, int]] = [
    ("no image", "image", DELETE, 100),
    ("an image as text", "image", LINK, 100),
    ("neither link nor id", "image.link", DELETE, 100),
    ("both of them", "image.id", "4711", 100),
    ("a link by http", "image.link", "http://a.example/a.jpg", 131009),
    ("a link too long", "image.link", f"https://a.example/{'x' * 2000}", 131009),
    ("a caption too long", "image.caption", "x" * 1025, 100),
    ("a caption as a number", "image.caption", 7, 100),
    ("a name of a file", "image.filename", "a.jpg", 100),
    ("a type that is none", "type", "picture", 100),
]
OF_MARKETING: list[tuple[str, str, Any, int]] = [
    ("the callback that it does not take", "biz_opaque_callback_data", "7-11", 100),
    ("a user id in place of a number", "recipient", "US.13491208655302741918", 100),
    ("no recipient type", "recipient_type", DELETE, 131008),
    ("nobody to send to", "to", DELETE, 131008),
    ("a strange policy", "product_policy", "MAYBE", 100),
    ("sharing as a word", "message_activity_sharing", "yes", 100),
]


async def answered(body: Any, way: str, **api: Any) -> tuple[int, int, list[Any]]:
    """Status, Meta's code, and what was taken."""
    stand_in = CloudApi(**api)
    runner = await serve(stand_in)
    try:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{stand_in.url}/{PHONE_ID}/{way}"
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(url, data=raw) as answer,
        ):
            told = await answer.json()
        return answer.status, told.get("error", {}).get("code", 0), stand_in.taken
    finally:
        await runner.cleanup()


def ask(body: Any, way: str = "messages", **api: Any) -> tuple[int, int, list[Any]]:
    return asyncio.run(answered(body, way, **api))


@pytest.mark.parametrize(
    ("kind", "fault", "path", "value", "code"),
    [("template", *each) for each in OF_TEMPLATES]
    + [("text", *each) for each in OF_TEXTS]
    + [("button", *each) for each in OF_BUTTONS]
    + [("picture", *each) for each in OF_PICTURES]
    + [("image", *each) for each in OF_IMAGES]
    + [("marketing", *each) for each in OF_MARKETING],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_stand_in_refuses_what_meta_refuses(
    kind: str, fault: str, path: str, value: Any, code: int
) -> None:
    made = {"text": free, "image": captioned, "button": with_button, "picture": with_picture}
    good = made.get(kind, template)()
    way = "messages"
    known = {"templates": TemplateStore.of_ours(SITE)}
    if kind == "marketing":
        good, way = but(good, "biz_opaque_callback_data", DELETE), "marketing_messages"
    status, found, taken = ask(but(good, path, value), way, **known)
    assert (found, taken) == (code, [])
    assert status >= 400
    assert ask(good, way, **known)[:2] == (200, 0)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff"])
def test_the_stand_in_refuses_what_is_no_object(body: bytes) -> None:
    assert ask(body)[:2] == (400, 100)


def test_free_text_needs_an_open_window_and_marketing_its_own_way() -> None:
    assert ask(free(), open_windows=set())[1] == 131047
    assert ask(template(), marketing={template()["template"]["name"]})[1] == 131063
    plain = but(template(), "biz_opaque_callback_data", DELETE)
    assert ask(plain, "marketing_messages", marketing=set())[1] == 131009


def test_whatever_we_send_is_accepted() -> None:
    for words in (
        render_alert(ALERT, "whatsapp", NEWSROOM),
        render_confirmation(CONFIRM_THIS, "whatsapp", NEWSROOM),
    ):
        copy = one(words=words)
        for choice in (None, plain(copy)):
            assert ask(payload(copy, choice))[:2] == (200, 0)
    for body in (captioned(), with_button(), with_picture()):
        assert ask(body, templates=TemplateStore.of_ours(SITE))[:2] == (200, 0)
    by_user_id = but(but(template(), "to", DELETE), "recipient", "US.13491208655302741918")
    assert ask(by_user_id)[:2] == (200, 0)


# Meta's list of errors, in the groups of what is to be done.
SOON, LATE, THIS_READER, PAUSE = "soon", "late", "this reader", "pause"
GROUPS: dict[str, tuple[int, ...]] = {
    SOON: (1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004, 135000),
    LATE: (130472, 131049),
    THIS_READER: (
        100, 131008, 131009, 131021, 131026, 131030, 131047, 131050, 131062, 137000,
    ),
    PAUSE: (
        # the template
        132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 132069,
        131051, 131052, 131053,
        # the channel
        0, 3, 10, 33, 190, 200, 219, 299, 368, 130497, 131005, 131031, 131037, 131042, 131044,
        131045, 131048, 131063, 131064, 133000, 133005, 133006, 133008, 133009, 133010, 133015,
        133016, 134011,
    ),
}  # fmt: skip


def judged(code: int) -> Rejected:
    error = {"code": code, "message": "x", "error_data": {"details": "words"}}
    return errors.refusal(400, {"error": error}, None)


@pytest.mark.parametrize(
    ("code", "group"), [(code, group) for group, codes in GROUPS.items() for code in codes]
)
def test_each_documented_error_leads_to_its_groups_action(code: int, group: str) -> None:
    refused = judged(code)
    assert refused.code == code
    assert (refused.scope == "channel") == (group == PAUSE)
    assert refused.permanent == (group == THIS_READER)
    assert ((refused.retry_after or 0) >= 3600) == (group == LATE)
    assert refused.recipient == (code in {131050, 131026})


def failed(code: int) -> list[Any]:
    status = {
        "id": "wamid.1", "status": "failed", "timestamp": str(int(now().timestamp())),
        "recipient_id": "6591234567", "biz_opaque_callback_data": "7-11",
        "errors": [{"code": code, "title": "t", "error_data": {"details": "words"}}],
    }  # fmt: skip
    return list(webhook.reports({"kind": "status", "status": status}, now(), now()))


@pytest.mark.parametrize(
    ("code", "kind"),
    [(131050, Kind.LEFT), (131026, Kind.SOFT_BOUNCE), (131049, Kind.FAILED), (1, Kind.FAILED)],
)
def test_an_error_that_comes_by_status_means_the_same(code: int, kind: Kind) -> None:
    (told,) = failed(code)
    assert (told.kind, told.key, told.words) == (kind, "7-11", f"{code} words")


def test_a_status_that_nothing_gets_through_holds_the_channel_for_a_while() -> None:
    told, learned = failed(131042)
    assert told.kind is Kind.FAILED and learned.fact is not None
    facts = dict([learned.fact])
    assert set(facts) == {HALT}
    assert halted(facts, now().timestamp()) == "131042 words"
    assert halted(facts, now().timestamp() + 3600) == ""


def test_a_status_of_marketing_names_its_reader_for_it_brings_no_key_back() -> None:
    status = {
        "id": "wamid.1", "status": "sent", "timestamp": str(int(now().timestamp())),
        "recipient_id": "6591234567",
    }  # fmt: skip
    (told,) = webhook.reports({"kind": "status", "status": status}, now(), now())
    assert (told.key, told.recipient, told.provider_id) == ("", "+6591234567", "wamid.1")
