"""The shape of a message as the Cloud API asks for it, judged before anything else (pure).

Meta's reference, Cloud API, Messages (text, image, template, components and their parameters) and
Marketing Messages; the codes as in its list of errors: 100 for what is no parameter of theirs,
131008 for one that is missing, 131009 for a value that cannot be, 132012 for a parameter that the
template has no place for. Where the reference is silent the milder thing stands.
"""

import re
from typing import Any

from digest.kit.errors import ServiceError

_TOP = {
    "messaging_product", "recipient_type", "to", "recipient", "type", "text", "image", "template",
    "biz_opaque_callback_data", "context",
}  # fmt: skip
# Of Meta's published description of /marketing_messages (facebook/openapi, v23.0), whose schema
# has additionalProperties: false.
_NEEDED_FOR_MARKETING = {"messaging_product", "recipient_type", "to", "type", "template"}
_OF_MARKETING = {*_NEEDED_FOR_MARKETING, "message_activity_sharing", "product_policy"}
_POLICIES = {"CLOUD_API_FALLBACK", "STRICT"}
_NUMBER = re.compile(r"\+?\d{5,20}", re.ASCII)
# US.13491208655302741918, or US.ENT.… for a parent's: Meta, business-scoped user ids.
_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,4})?")
_PLACES = {"header", "body", "button"}
_BUTTONS = {"url", "quick_reply", "copy_code", "flow", "catalog"}
_MEDIA = {"image", "video", "document"}
# Meta's reference, Template components, "URL encoding".
_UNENCODED = re.compile(r"[^\x21-\x7e]|[:|]")
_TEXT_LIMIT, _CAPTION_LIMIT, _CALLBACK_LIMIT, _URL_LIMIT = 4096, 1024, 512, 2000
_MOST_BUTTONS = 10


class Fault(ServiceError):
    """An error the API answers with."""

    def __init__(self, code: int, details: str, status: int = 400, *, subcode: int = 0) -> None:
        super().__init__(details)
        self.subcode = subcode
        self.code = code
        self.details = details
        self.status = status


def check(way: str, body: dict[str, Any]) -> None:
    """A body for ``/messages`` or ``/marketing_messages``. Raises :class:`Fault`."""
    if way == "messages":
        _only(body, _TOP, "")
    else:
        _marketing(body)
    if body.get("messaging_product") != "whatsapp":
        raise Fault(100, "(#100) The parameter messaging_product is required.")
    if body.get("recipient_type", "individual") != "individual":
        raise Fault(100, "(#100) Param recipient_type must be one of {INDIVIDUAL}")
    _recipient(body)
    callback = body.get("biz_opaque_callback_data", "")
    if not isinstance(callback, str) or len(callback) > _CALLBACK_LIMIT:
        raise Fault(131009, "Parameter value is not valid: biz_opaque_callback_data")
    _context(body.get("context", {"message_id": "wamid.x"}))
    kind = body.get("type", "text")
    if kind == "template":
        _template(body.get("template"))
    elif kind == "text":
        _text(body.get("text"))
    elif kind == "image":
        _image(body.get("image"))
    else:
        raise Fault(100, "(#100) Param type must be one of {IMAGE, TEMPLATE, TEXT}")


def _marketing(body: dict[str, Any]) -> None:
    _only(body, _OF_MARKETING, "")
    missing = sorted(_NEEDED_FOR_MARKETING - set(body))
    if missing:
        raise Fault(131008, f"Required parameter is missing: {missing[0]}")
    if body.get("type") != "template":
        raise Fault(100, "(#100) Param type must be one of {TEMPLATE}")
    if body.get("product_policy", "STRICT") not in _POLICIES:
        raise Fault(100, "(#100) Param product_policy must be one of {CLOUD_API_FALLBACK, STRICT}")
    if not isinstance(body.get("message_activity_sharing", True), bool):
        raise Fault(100, "(#100) Param message_activity_sharing must be a boolean")


def _recipient(body: dict[str, Any]) -> None:
    """``to`` is a number; without it ``recipient`` is a business-scoped user id."""
    to, recipient = body.get("to"), body.get("recipient")
    if to is None and recipient is None:
        raise Fault(100, "(#100) The parameter to is required.")
    if to is not None and not (isinstance(to, str) and _NUMBER.fullmatch(to)):
        raise Fault(131009, "Parameter value is not valid: to")
    if recipient is not None and not (isinstance(recipient, str) and _USER_ID.fullmatch(recipient)):
        raise Fault(131009, "Parameter value is not valid: recipient")


def _context(value: Any) -> None:
    given = _object(value, "context")
    _only(given, {"message_id"}, "context")
    if not str(given.get("message_id", "")).startswith("wamid."):
        raise Fault(131009, "Parameter value is not valid: context['message_id']")


def _text(value: Any) -> None:
    if value is None:
        raise Fault(100, "(#100) The parameter text is required.")
    given = _object(value, "text")
    _only(given, {"body", "preview_url"}, "text")
    body = given.get("body")
    if not isinstance(body, str) or not body.strip():
        raise Fault(100, "(#100) The parameter text['body'] is required.")
    if len(body) > _TEXT_LIMIT:
        raise Fault(100, "Param text['body'] must be at most 4096 characters long.")
    if not isinstance(given.get("preview_url", False), bool):
        raise Fault(100, "(#100) Param text['preview_url'] must be a boolean")


def _image(value: Any) -> None:
    if value is None:
        raise Fault(100, "(#100) The parameter image is required.")
    given = dict(_object(value, "image"))
    caption = given.pop("caption", "")
    if not isinstance(caption, str) or len(caption) > _CAPTION_LIMIT:
        raise Fault(100, "Param image['caption'] must be at most 1024 characters long.")
    _media(given, "image")


def _template(value: Any) -> None:
    if value is None:
        raise Fault(131008, "Required parameter is missing: template")
    given = _object(value, "template")
    _only(given, {"name", "language", "components"}, "template")
    name = given.get("name")
    if not isinstance(name, str) or not name:
        raise Fault(131008, "Required parameter is missing: template['name']")
    if not _TEMPLATE_NAME.fullmatch(name):
        raise Fault(100, "(#100) Param template['name'] must be lower-case letters, digits and _")
    if given.get("language") is None:
        raise Fault(131008, "Required parameter is missing: template['language']")
    language = _object(given["language"], "template['language']")
    _only(language, {"code", "policy"}, "template['language']")
    code = language.get("code")
    if code is None:
        raise Fault(131008, "Required parameter is missing: template['language']['code']")
    if not isinstance(code, str) or not _LANGUAGE.fullmatch(code):
        raise Fault(100, "(#100) Param template['language']['code'] is no language")
    if language.get("policy", "deterministic") != "deterministic":
        raise Fault(100, "(#100) Param policy must be one of {DETERMINISTIC}")
    components = given.get("components", [])
    if not isinstance(components, list):
        raise Fault(100, "(#100) Param template['components'] must be an array.")
    _components(components)


def _components(given: list[Any]) -> None:
    seen: set[str] = set()
    for each in given:
        component = _object(each, "component")
        kind = component.get("type")
        place = kind.lower() if isinstance(kind, str) else ""
        if place not in _PLACES:
            raise Fault(100, "(#100) Param component['type'] must be one of {HEADER, BODY, BUTTON}")
        key = place
        if place == "button":
            key = _button(component)
        else:
            _only(component, {"type", "parameters"}, "component")
        if key in seen:
            raise Fault(100, f"(#100) Duplicate component {key}")
        seen.add(key)
        parameters = component.get("parameters")
        if not isinstance(parameters, list):
            raise Fault(131008, f"Required parameter is missing: {place}['parameters']")
        if place != "body" and len(parameters) > 1:
            raise Fault(132012, f"{place}: a single parameter is expected")
        for parameter in parameters:
            _parameter(_object(parameter, "parameter"), place)


def _button(component: dict[str, Any]) -> str:
    _only(component, {"type", "sub_type", "index", "parameters"}, "button")
    kind = component.get("sub_type")
    if not isinstance(kind, str) or kind.lower() not in _BUTTONS:
        raise Fault(100, "(#100) Param sub_type must be one of {URL, QUICK_REPLY, …}")
    index = str(component.get("index", ""))
    if not index.isdecimal() or int(index) >= _MOST_BUTTONS:
        raise Fault(131008, "Required parameter is missing: button['index']")
    return f"button {int(index)}"


def _parameter(given: dict[str, Any], place: str) -> None:
    kind = given.get("type")
    if not isinstance(kind, str):
        raise Fault(131008, "Required parameter is missing: parameter['type']")
    kind = kind.lower()
    if kind == "text":
        _only(given, {"type", "text", "parameter_name"}, "parameter")
        words = given.get("text")
        if not isinstance(words, str) or not words:
            raise Fault(131008, "Required parameter is missing: text")
        if place == "button" and len(words) > _URL_LIMIT:
            raise Fault(132012, "button: the parameter is too long for its address")
        if place == "button" and _UNENCODED.search(words):
            raise Fault(132012, "button: the parameter is not percent-encoded")
    elif kind in _MEDIA and place == "header":
        _media(_object(given.get(kind), kind), kind)
    else:
        raise Fault(132012, f"{place}: a parameter of the type {kind} has no place there")


def _media(given: dict[str, Any], kind: str) -> None:
    if ("link" in given) == ("id" in given):
        raise Fault(100, f"(#100) Param {kind} needs one of link and id")
    _only(given, {"link", "id", *({"filename"} if kind == "document" else ())}, kind)
    link = given.get("link", "https://x")
    if not isinstance(link, str) or not re.match(r"https://[^\s/]", link):
        raise Fault(131009, f"Parameter value is not valid: {kind}['link']")
    if len(link) > _URL_LIMIT:
        raise Fault(131009, f"Parameter value is not valid: {kind}['link'] is too long")


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Fault(100, f"(#100) Param {where} must be a JSON object.")
    return value


def _only(given: dict[str, Any], known: set[str], where: str) -> None:
    foreign = sorted(set(given) - known)
    if foreign:
        raise Fault(100, f'(#100) Unexpected key "{foreign[0]}" on param "{where}"')
