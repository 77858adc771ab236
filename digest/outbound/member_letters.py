"""Hand over the mails to the newsroom's own people: invitations, and links for a lost password."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from digest.outbound.channels import registry
from digest.outbound.channels.base import Channel
from digest.outbound.channels.email.words import NAME, member_letter
from digest.outbound.delivery.core.staging import REFUSAL, may_contact
from digest.outbound.delivery.planning.wording import newsroom
from digest.outbound.delivery.sending.single import NotHandedOver, hand_over
from digest.outbound.messages import links
from digest.outbound.messages.message import Copy, Endpoint, ReaderLinks
from digest.outbound.messages.newsroom import MemberLetterContent
from digest.staff.access import Role
from digest.staff.door_links import key_for
from digest.staff.letters import MemberLetter, answered, claim

_DAY = 86_400


def send_member_letters(*, now: Callable[[], datetime], channel: Channel | None = None) -> int:
    """Hand over what is due, one mail after the other; how many the relay took.

    ``now`` is asked again after each, since a relay may take ten seconds.
    """
    taken = 0
    for letter in claim(now=now()):
        try:
            said = _hand_over(letter, now=now(), channel=channel)
        except NotHandedOver as error:
            answered(letter, now=now(), taken=False, final=error.final, answer=str(error))
        else:
            answered(letter, now=now(), taken=True, final=True, answer=said)
            taken += 1
    return taken


def password_link(letter: MemberLetter) -> str:
    """Where the letter's member chooses a password."""
    return links.desk_password(settings.DIGEST_BASE_URL, key_for(letter.member))


def _hand_over(letter: MemberLetter, *, now: datetime, channel: Channel | None) -> str:
    to = letter.member.email
    allowed = settings.DIGEST_ALLOWED_RECIPIENTS
    if not may_contact(to, allowed, production=settings.DIGEST_PRODUCTION):
        raise NotHandedOver(REFUSAL, final=True)
    front = links.front(settings.DIGEST_BASE_URL)
    copy = Copy(
        # No send has the number 0, so a bounce of it is no reader's.
        key=f"0-{int(now.timestamp() * 1_000_000)}",
        words=member_letter(_content(letter), newsroom()),
        to=Endpoint(to),
        links=ReaderLinks(unsubscribe=front, preferences=front),
    )
    return hand_over(copy, channel or registry.channel(NAME, settings)).reply


def _content(letter: MemberLetter) -> MemberLetterContent:
    role = Role(letter.member.role).label.lower()
    article = "an" if role[0] in "aeiou" else "one of" if role.endswith("s") else "a"
    return MemberLetterContent(
        kind=letter.kind,
        by=letter.asked_by,
        role=f"{article} {role}",
        link=password_link(letter),
        days=round(settings.PASSWORD_RESET_TIMEOUT / _DAY),
    )
