"""A template's URL button: how its address begins is approved, how it ends is sent (pure).

Meta's reference, Template components, "URL buttons" and "URL encoding": one variable, at the end of
the address; 2,000 characters in all and 25 for the label; what takes the variable's place is
percent-encoded, the colon and all that is not ASCII among it.
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

from typing import Any
from urllib.parse import quote, urlsplit

from digest.outbound.channels.report import items, mapping, text
from digest.outbound.messages.links import web_link

VARIABLE = "{{1}}"
LABEL_LIMIT, ADDRESS_LIMIT = 25, 2000
# What an address is made of stays as it is, and so does what is percent-encoded already.
_AS_IT_IS = "%/?#[]@!$&()*+,;=~"


def base_of(site: str) -> str:
    """What addresses on ``site`` begin with, a slash at its end; empty for what is no site."""
    parts = urlsplit(web_link(site))
    if not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
        return ""
    # With the slash no other host can begin as this one does.
    base = f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}/"
    fits = base.isascii() and len(base + VARIABLE) <= ADDRESS_LIMIT
    return base if fits else ""


def suffix_of(link: str, base: str) -> str:
    """What a button whose address begins with ``base`` needs to lead to ``link``; empty where it
    cannot lead there.
    """
    if not base or not link.startswith(base):
        return ""
    rest = quote(link[len(base) :], safe=_AS_IT_IS)
    return rest if len(base + rest) <= ADDRESS_LIMIT else ""


def beginning(address: str) -> str:
    """How an approved address begins; empty where it does not end in the variable we fill."""
    return address.removesuffix(VARIABLE) if address.endswith(VARIABLE) else ""


def in_components(components: Any) -> str:
    """The address of the only button of a template as Meta lists it; empty without such a one."""
    buttons = [
        button
        for each in items(components)
        if text(each.get("type")).upper() == "BUTTONS"
        for button in items(each.get("buttons"))
    ]
    return _only_url([(text(each.get("type")), text(each.get("url"))) for each in buttons])


def in_webhook(value: Any) -> str:
    """The same, as the webhook ``message_template_components_update`` tells it."""
    named = "message_template_button_type", "message_template_button_url"
    buttons = items(mapping(value).get("message_template_buttons"))
    return _only_url([(text(each.get(named[0])), text(each.get(named[1]))) for each in buttons])


def _only_url(buttons: list[tuple[str, str]]) -> str:
    """We fill the button at index 0, and no other."""
    if len(buttons) != 1 or buttons[0][0].upper() != "URL":
        return ""
    return buttons[0][1]
