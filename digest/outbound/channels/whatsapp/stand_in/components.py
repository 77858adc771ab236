"""What a template is made of, judged as Meta does when one is created or edited (pure).

Meta's reference, Template components: header, body, footer and buttons, with their limits and
examples; subcodes as the API gives them. The bound on slots against words (2388293) is not in the
reference, only in its answers: words without slots must be more than twice the slots.
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

import re
from typing import Any

from digest.outbound.channels.whatsapp.button import ADDRESS_LIMIT, LABEL_LIMIT
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault
from digest.outbound.messages.fit import units

_SLOT = re.compile(r"\{\{(.*?)\}\}")
_NAMED = re.compile(r"[a-z0-9_]+")
_KINDS = {"HEADER", "BODY", "FOOTER", "BUTTONS"}
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def checked(given: Any, form: str) -> list[dict[str, Any]]:
    """The components, in capitals. Raises :class:`~.shapes.Fault`."""
    if not isinstance(given, list) or not given:
        raise invalid("components: a list that is not empty")
    components: list[dict[str, Any]] = []
    for each in given:
        kind = str(each.get("type", "")).upper() if isinstance(each, dict) else ""
        if kind not in _KINDS:
            raise invalid("components: type must be one of HEADER, BODY, FOOTER, BUTTONS")
        if kind in {one["type"] for one in components}:
            raise invalid(f"components: two of {kind}")
        _CHECKS[kind](each, form)
        components.append(each | {"type": kind})
    if "BODY" not in {each["type"] for each in components}:
        raise invalid("components: a BODY is missing")
    return components


def _body(given: dict[str, Any], form: str) -> None:
    only(given, {"type", "text", "example"})
    said = _text(given, 1024)
    if re.search(r"\n{3,}", said):
        raise invalid("The body may not hold more than two line breaks in a row")
    found = _slots(said, form)
    if said.startswith("{{") or said.endswith("}}"):
        raise invalid("Variables can't be at the start or end of the template", 2388299)
    if re.search(r"\}\}\s*\{\{", said):
        raise invalid("Variables may not stand beside each other", 2388043)
    if found and _words(said) <= 2 * len(found):
        raise invalid("There are too many variables for its length", 2388293)
    if found:
        _sampled(given.get("example"), found, form)


def _sampled(example: Any, found: list[str], form: str) -> None:
    told = example if isinstance(example, dict) else {}
    if form == "NAMED":
        given = told.get("body_text_named_params")
        names = (
            {str(each.get("param_name")) for each in given} if isinstance(given, list) else set()
        )
        fits = names == set(found) and all(each.get("example") for each in given or ())
    else:
        rows = told.get("body_text")
        row = rows[0] if isinstance(rows, list) and len(rows) == 1 else None
        fits = isinstance(row, list) and len(row) == len(found)
        fits = fits and all(isinstance(each, str) and each.strip() for each in row or ())
    if not fits:
        raise invalid("Sample values are missing: one for each variable of the body", 2388043)


def _header(given: dict[str, Any], form: str) -> None:
    only(given, {"type", "format", "text", "example"})
    kind = str(given.get("format", "")).upper()
    if kind not in {"TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"}:
        raise invalid("header: format must be one of TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION")
    if kind != "TEXT":
        if "text" in given:
            raise invalid(f"header: {kind} holds no text")
        if kind != "LOCATION" and not handle_in(given):
            raise invalid("header: a sample is missing (header_handle)", 2388043)
        return
    said = _text(given, 60)
    if len(_slots(said, form)) > 1:
        raise invalid("header: one variable at most", 2388047)
    if re.search(r"[*_~`\n]", _SLOT.sub("", said)):
        raise invalid("header: no line break, no marks", 2388047)


def handle_in(header: dict[str, Any]) -> str:
    """The handle of a header's only sample; empty without one."""
    example = header.get("example")
    told = example.get("header_handle") if isinstance(example, dict) else None
    one = told[0] if isinstance(told, list) and len(told) == 1 else None
    return one if isinstance(one, str) else ""


def _footer(given: dict[str, Any], form: str) -> None:
    only(given, {"type", "text"})
    if _SLOT.search(_text(given, 60)):
        raise invalid("footer: it holds no variables", 2388072)


def _buttons(given: dict[str, Any], form: str) -> None:
    only(given, {"type", "buttons"})
    buttons = given.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 10:
        raise invalid("buttons: one to ten of them")
    kinds = [
        str(each.get("type", "")).upper() if isinstance(each, dict) else "" for each in buttons
    ]
    if not set(kinds) <= {"URL", "QUICK_REPLY", "PHONE_NUMBER", "COPY_CODE"}:
        raise invalid("buttons: type must be one of URL, QUICK_REPLY, PHONE_NUMBER, COPY_CODE")
    if kinds.count("URL") > 2:
        raise invalid("buttons: two of the type URL at most")
    for kind, each in zip(kinds, buttons, strict=True):
        if _SLOT.search(_text(each, LABEL_LIMIT)):
            raise invalid("buttons: a label holds no variables")
        if kind == "URL":
            _link(each, form)


def _link(given: dict[str, Any], form: str) -> None:
    """A button's address. Meta's reference, Template components, "URL buttons"."""
    only(given, {"type", "text", "url", "example"})
    url = given.get("url")
    if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s/{}]\S*", url):
        raise invalid("buttons: url must be an address that begins with its host")
    if units(url) > ADDRESS_LIMIT:
        raise invalid("buttons: url: 2000 characters at most", 2388040)
    found = _slots(url, form)
    if not found:
        return
    if len(found) > 1 or not url.endswith("}}"):
        raise invalid("buttons: one variable, at the end of the url")
    example = given.get("example")
    one = example[0] if isinstance(example, list) and len(example) == 1 else None
    if not isinstance(one, str) or not one.strip() or units(one) > ADDRESS_LIMIT:
        raise invalid("buttons: a sample is missing: one for the variable of the url", 2388043)


_CHECKS = {"BODY": _body, "HEADER": _header, "FOOTER": _footer, "BUTTONS": _buttons}


def _text(given: dict[str, Any], limit: int) -> str:
    said = given.get("text")
    if not isinstance(said, str) or not said.strip():
        raise invalid("text is missing")
    if units(said) > limit:
        raise invalid(f"text: {limit} characters at most", 2388040)
    return said


def _slots(said: str, form: str) -> list[str]:
    """The slots of a text in their order. Raises :class:`~.shapes.Fault`."""
    found = [each.strip() for each in _SLOT.findall(said)]
    if said.count("{{") != len(found) or said.count("}}") != len(found):
        raise invalid("Variables are written {{1}}", 2388043)
    if form == "NAMED":
        if any(not _NAMED.fullmatch(each) or each.isdecimal() for each in found):
            raise invalid("Named variables are of lower-case letters, digits and _", 2388043)
        return found
    if found != [str(number) for number in range(1, len(found) + 1)]:
        raise invalid("Variables are numbered from {{1}}, in order, without a gap", 2388043)
    return found


def _words(said: str) -> int:
    """Words without the slots; scripts without spaces have one in two characters."""
    rest = _SLOT.sub(" ", said)
    unspaced = len(_UNSPACED.findall(rest))
    return len(re.findall(r"\w+", _UNSPACED.sub(" ", rest))) + unspaced // 2


def only(given: dict[str, Any], known: set[str]) -> None:
    """Nothing but fields that are known. Raises :class:`~.shapes.Fault`."""
    foreign = sorted(set(given) - known)
    if foreign:
        raise invalid(f'Unexpected key "{foreign[0]}"')


def invalid(words: str, subcode: int = 0) -> Fault:
    """A parameter that Meta does not take."""
    return Fault(100, words, 400, subcode=subcode)
