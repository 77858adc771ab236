"""A template message as its reader sees it, or Meta's refusal of it (pure).

Meta's list of errors: 132000 for another number of parameters, 132005 for words too long, 132012
for a parameter that the template has no place for, 132018 for one that cannot be used; 131008 for a
button that lacks its own ("buttons: Button at index 0 of type Url requires a parameter"), 132012
for a header that does ("header: Format mismatch, expected IMAGE, received UNKNOWN"). A picture is
fetched after the message was accepted: 131053 comes by a status.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from digest.outbound.channels.whatsapp import slots
from digest.outbound.channels.whatsapp.button import ADDRESS_LIMIT
from digest.outbound.channels.whatsapp.stand_in.account import StoredTemplate, TemplateStore
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault

# By the end of its name: nothing is fetched here.
_OTHER_KINDS = {
    "avif": "image/avif", "gif": "image/gif", "heic": "image/heic", "html": "text/html",
    "mp4": "video/mp4", "pdf": "application/pdf", "svg": "image/svg+xml", "webp": "image/webp",
}  # fmt: skip
_SLOT = re.compile(r"\{\{(.*?)\}\}")


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """Its words, its links below them (label and address), and the picture above."""

    words: str
    buttons: tuple[tuple[str, str], ...] = ()
    picture: str = ""


def as_read(template: dict[str, Any], store: TemplateStore) -> ReadMessage:
    """A template message of the right shape as it is read. Raises :class:`~.shapes.Fault`."""
    found = store.sendable(template.get("name"), template["language"].get("code"))
    by_place: dict[str, list[dict[str, Any]]] = {"header": [], "body": [], "button": []}
    for each in template.get("components", []):
        by_place[each["type"].lower()].append(each)
    picture = _header(found, by_place["header"])
    links = _buttons(found, by_place["button"])
    return ReadMessage(_words(found, by_place["body"]), links, picture)


def freely(body: dict[str, Any]) -> ReadMessage:
    """A text or a picture with a caption, of the right shape, as it is read."""
    if body.get("type") == "image":
        image = body["image"]
        return ReadMessage(str(image.get("caption", "")), picture=str(image.get("link", "")))
    return ReadMessage(str(body["text"]["body"]))


def _header(found: StoredTemplate, components: list[dict[str, Any]]) -> str:
    """The link of what fills a header of a picture; empty for a template without one."""
    given = [parameter for component in components for parameter in component["parameters"]]
    if found.header in {"", "TEXT", "LOCATION"}:
        if components:
            raise Fault(132012, "header: the template has none that holds parameters")
        return ""
    kind = str(given[0]["type"]).upper() if given else "UNKNOWN"
    if kind != found.header:
        raise Fault(132012, f"header: Format mismatch, expected {found.header}, received {kind}")
    return str(given[0][kind.lower()].get("link", ""))


def unusable(picture: str) -> str:
    """Why Meta would not show what the link of a picture names; empty where it may."""
    ending = urlsplit(picture).path.rpartition("/")[2].rpartition(".")[2].lower()
    if ending not in _OTHER_KINDS:
        return ""
    kind = _OTHER_KINDS[ending]
    return f"Unsupported Image mime type {kind}. Please use one of image/jpeg, image/png."


def _words(found: StoredTemplate, components: list[dict[str, Any]]) -> str:
    given = [parameter for component in components for parameter in component["parameters"]]
    if any("parameter_name" in parameter for parameter in given):
        raise Fault(132000, "body: its parameters have no names")
    expected = len(set(_SLOT.findall(found.body)))
    if len(given) != expected:
        raise Fault(132000, f"body: number of localizable_params ({len(given)}) does not match")
    values = []
    for parameter in given:
        value = parameter["text"]
        if fault := slots.fault_of(value):
            raise Fault(132018, f"Param text cannot be used: {fault}")
        values.append(value)
    said = _SLOT.sub(lambda slot: values[int(slot.group(1)) - 1], found.body)
    if len(said) > slots.BODY_LIMIT:
        raise Fault(132005, "Translated text too long")
    return said


def _buttons(
    found: StoredTemplate, components: list[dict[str, Any]]
) -> tuple[tuple[str, str], ...]:
    given = {int(each["index"]): each for each in components}
    if strange := [index for index in given if index >= len(found.buttons)]:
        raise Fault(132012, f"buttons: the template has no button at index {strange[0]}")
    links = []
    for index, button in enumerate(found.buttons):
        component, where = given.get(index), f"buttons: Button at index {index} of type"
        if str(button["type"]).upper() != "URL":
            continue
        address = str(button["url"])
        if component and component["sub_type"].lower() != "url":
            raise Fault(132012, f"{where} Url has another sub_type")
        if not _SLOT.search(address):
            if component:
                raise Fault(132012, f"{where} Url does not require parameters")
        elif not component or not component["parameters"]:
            raise Fault(131008, f"{where} Url requires a parameter")
        else:
            address = _SLOT.sub("", address) + component["parameters"][0]["text"]
        if len(address) > ADDRESS_LIMIT:
            raise Fault(132012, f"{where} Url: the address is too long")
        links.append((str(button["text"]), address))
    return tuple(links)
