"""A template message as its reader sees it, or Meta's refusal of it (pure).

Meta's list of errors: 132000 for another number of parameters, 132005 for words too long, 132012
for a parameter that the template has no place for, 132018 for one that cannot be used; 131008 for a
button that lacks its own ("buttons: Button at index 0 of type Url requires a parameter").
"""

import re
from dataclasses import dataclass
from typing import Any

from digest.outbound.channels.whatsapp import slots
from digest.outbound.channels.whatsapp.button import ADDRESS_LIMIT
from digest.outbound.channels.whatsapp.stand_in.account import StoredTemplate, TemplateStore
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault

_SLOT = re.compile(r"\{\{(.*?)\}\}")


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """Its words, and its links below them: label and address."""

    words: str
    buttons: tuple[tuple[str, str], ...] = ()


def as_read(template: dict[str, Any], store: TemplateStore) -> ReadMessage:
    """A template message of the right shape as it is read. Raises :class:`~.shapes.Fault`."""
    found = store.sendable(template.get("name"), template["language"].get("code"))
    by_place: dict[str, list[dict[str, Any]]] = {"body": [], "button": []}
    for each in template.get("components", []):
        place = each["type"].lower()
        if place not in by_place:
            raise Fault(132012, f"{place}: the template has none")
        by_place[place].append(each)
    links = _buttons(found, by_place["button"])
    return ReadMessage(_words(found, by_place["body"]), links)


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
