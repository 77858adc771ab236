"""What a service message says in one line, and where its reader's own link goes."""

from digest.outbound.messages.environment import translations
from digest.outbound.messages.message import CONFIRM, OWN_DATA, PREFERENCES
from digest.outbound.messages.newsroom import ServiceContent, ServiceKind


def service_line(content: ServiceContent, newsroom: str) -> str:
    """What the link leads to, in the reader's language; ``newsroom`` is its name."""
    say = translations(content.language).gettext
    said = {
        ServiceKind.LINK: say("The link to your page at %(newsroom)s"),
        ServiceKind.RENEWED: say("Your new link at %(newsroom)s"),
        ServiceKind.EXPORT: say("Download what we hold on you"),
        ServiceKind.ERASE: say("Erase everything about you"),
        ServiceKind.MOVE: say("Confirm your new address at %(newsroom)s"),
        ServiceKind.NOTICE: say("Your address at %(newsroom)s is to change"),
        ServiceKind.KNOWN: say("The link to your page at %(newsroom)s"),
    }[content.kind]
    return said % {"newsroom": newsroom}


def service_placeholder(kind: ServiceKind) -> str:
    """The placeholder that the message carries."""
    if kind in {ServiceKind.MOVE, ServiceKind.NOTICE}:
        return CONFIRM
    return OWN_DATA if kind in {ServiceKind.EXPORT, ServiceKind.ERASE} else PREFERENCES
