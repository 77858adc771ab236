"""Hard or soft: whether a refusal says that the mailbox will never take mail (pure).

What counts is the enhanced status code (RFC 3463). Where a host gave a general one or none, its
words must say that the mailbox is gone: Exim writes 5.0.0 about every failure, a relay that gave up
after an outage too. In doubt a bounce is soft: soft ones add up (see ``tally``), a hard one shuts
the address at once.
"""

import re

from digest.outbound.channels.report import Kind

# The end of an IP address is none.
STATUS = re.compile(r"(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\w.])([45])\d\d(?![\w.])")

# The mailbox or its domain does not exist, or is shut for good.
_GONE = {"1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.4"}
# The sender's address, full, too large, a loop, a protocol or content fault, a policy: the next
# mail may get through.
_PASSING = {"1.7", "1.8", "2.2", "2.3", "4.6", "4.7"}
_PASSING_SUBJECTS = {"3", "5", "6", "7"}

_GONE_WORDS = re.compile(
    r"user unknown|unknown (?:user|recipient|mailbox|local part)|no such (?:user|recipient|mailbox|"
    r"person|account|address)|(?:user|recipient|mailbox|account|address)(?: address)?(?: \S+)? "
    r"(?:is |was |has been |does |do |could )?(?:not (?:found|exist|known|listed|valid|be found)|"
    r"unknown|invalid|disabled|deactivated|inactive|suspended|closed|expired|no longer)|"
    r"(?:doesn't|does not|not) (?:exist|a valid|have an? (?:valid |\S+ )?(?:user|account|mailbox|"
    r"address)|have a final email delivery)|not a valid user|n'existe pas|"
    r"invalid (?:final delivery user|recipient|mailbox|user|address)|"
    r"no mailbox|not our customer|mailbox unavailable|no longer (?:valid|available|in use|active|"
    r"on server)|unrouteable|unroutable|host (?:not found|unknown)|unknown host|"
    r"domain (?:not found|does not exist)|undeliverable address|address rejected|"
    r"not listed in|addressee unknown|delivery to (?:that|this) (?:user|address) is not possible",
    re.IGNORECASE,
)
_PASSING_WORDS = re.compile(
    r"quota|full|exceeded|too (?:large|big|long|many)|size limit|spam|spf|dkim|dmarc|blocked|"
    r"b(?:lack|lock) ?list|reputation|policy|content|virus|rate|temporar|try (?:again|later)|"
    r"greylist|timed? ?out|connection|loop|hops|busy|resources|storage|challenge",
    re.IGNORECASE,
)
# RFC 5321, 4.2.3, and RFC 7504: not local, the domain takes no mail.
_GONE_REPLIES = {"551", "556"}
_FOR_NOW = re.compile(
    r"retry time|timed? ?out|temporar|connection|gave up|giving up|too long|try (?:again|later)|"
    r"(?:did|could) not (?:be )?complete|quota|\bfull\b|gr[ae]ylist|spam|blocked|black ?list",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(
    r"sender(?:'s)? (?:address|domain|verif|rejected|denied|is|not|does)|mail from|from address|"
    r"your (?:ip|host|server|domain)|reverse|\bptr\b|\bhelo\b|permission|authenticat",
    re.IGNORECASE,
)
# RFC 3463: other or undefined, addressing, mailbox.
_ADDRESS_SUBJECTS = {"0", "1", "2"}
# RFC 5321, 4.2.2, has "mailbox unavailable" stand for policy reasons too.
_OTHER_REASONS = re.compile(
    r"sender|mail from|from address|mailbox unavailable|access|relay|denied|authenticat", re.I
)


def classify(status: str, words: str, *, permanent: bool | None = None) -> Kind:
    """A hard or a soft bounce.

    ``status`` an enhanced code or empty; ``words`` the diagnosis; ``permanent`` what a reader of
    odd formats made of it, None when nobody could tell. Words alone, without a code or anybody who
    says that it is permanent, are never enough for a hard one.
    """
    found = _code(status, words)
    if found and found[1] in "24":
        return Kind.SOFT_BOUNCE
    subject = str(int(found[2])) if found else "0"
    detail = f"{subject}.{int(found[3])}" if found else ""
    if detail in _PASSING:
        return Kind.SOFT_BOUNCE
    if detail in _GONE:
        return Kind.HARD_BOUNCE
    gone, passing = _GONE_WORDS.search(words), _PASSING_WORDS.search(words)
    if subject in _PASSING_SUBJECTS:
        # Some hosts file an unknown user under security or protocol.
        plain = gone and not passing and not _ABOUT_US.search(words)
        return Kind.HARD_BOUNCE if plain else Kind.SOFT_BOUNCE
    if subject in {"1", "2"}:
        return Kind.HARD_BOUNCE if gone or not passing else Kind.SOFT_BOUNCE
    reply = _REPLY.search(words)
    lasting = permanent or found or (reply and permanent is None)
    if not lasting or (reply and reply[1] == "4"):
        return Kind.SOFT_BOUNCE
    if _FOR_NOW.search(words) or _ABOUT_US.search(words):
        return Kind.SOFT_BOUNCE
    return Kind.HARD_BOUNCE if gone or (reply and reply[0] in _GONE_REPLIES) else Kind.SOFT_BOUNCE


def _code(status: str, words: str) -> re.Match[str] | None:
    """The enhanced code, the first in the words that says more where the status is general."""
    first = STATUS.search(status) or STATUS.search(words)
    if not first or first[1] != "5" or int(first[2]):
        return first
    precise = (each for each in STATUS.finditer(words) if each[1] in "45" and int(each[2]))
    return next(precise, first)


def names_no_mailbox(reply: str) -> bool:
    """Whether a relay's own refusal for good says that the mailbox does not exist, beyond doubt.

    Stricter than :func:`classify`, for a relay refuses for its own reasons too, and one that does
    is asked about every reader: a code that is not about the address never counts whatever its
    words, an unroutable domain may be the relay's fault, and what could be about the sender is not
    taken for the reader's.
    """
    found = STATUS.search(reply)
    if found:
        detail = f"{int(found[2])}.{int(found[3])}"
        if found[1] != "5" or found[2] not in _ADDRESS_SUBJECTS or detail in _PASSING:
            return False
        if detail in _GONE:
            return True
    return bool(_GONE_WORDS.search(reply)) and not (
        _PASSING_WORDS.search(reply) or _OTHER_REASONS.search(reply)
    )
