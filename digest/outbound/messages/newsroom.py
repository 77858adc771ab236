"""Who speaks, and what a confirmation asks: the values messages need beside the content."""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.messages.theme import OURS, Theme


@dataclass(frozen=True, slots=True)
class Newsroom:
    """The newsroom as its readers see it. ``base_url`` carries no slash at its end.

    ``count_key`` signs the links of what goes out, where they are counted.
    """

    name: str
    postal_address: str
    base_url: str
    from_email: str
    list_domain: str
    theme: Theme = OURS
    count_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ConfirmContent:
    """What one address is asked to confirm: the names of what one form asked for.

    ``when`` is the reader's local time for a digest of their topics, as ``07:00``; empty without.
    ``further``: other forms since, each to be confirmed for itself. With them ``number`` says which
    of the letter's requests this is; its own page is the confirm link, a slash and the number.
    """

    language: str
    wants: tuple[str, ...]
    when: str = ""
    number: int = 0
    further: tuple["ConfirmContent", ...] = ()


class ServiceKind(Enum):
    """What a service message brings, beside the question to confirm."""

    LINK = "link"
    RENEWED = "renewed"
    EXPORT = "export"
    ERASE = "erase"
    MOVE = "move"
    NOTICE = "notice"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class ServiceContent:
    """A message that an act of the reader's asked for, with one link of their own.

    ``about`` is the new address as anybody may see it, where the message is of a change to one.
    """

    language: str
    kind: ServiceKind
    about: str = ""


@dataclass(frozen=True, slots=True)
class WelcomePart:
    """One thing that was confirmed: its name, in words when it comes, and when it comes first.

    ``edition`` is the latest of it; none where nothing has come out yet.
    """

    name: str
    when: str = ""
    first: str = ""
    edition: EditionContent | None = None


@dataclass(frozen=True, slots=True)
class WelcomeContent:
    """What one confirmation began, for the message that welcomes its reader."""

    language: str
    parts: tuple[WelcomePart, ...]


@dataclass(frozen=True, slots=True)
class QuestionContent:
    """Whether readers who gave no sign for long still want it: until when, and what if not."""

    language: str
    until: date
    ends: bool


@dataclass(frozen=True, slots=True)
class SeriesContent:
    """One message of a series, in the newsroom's own words; ``about`` is what its readers follow.

    ``body`` is plain text, with an empty line between paragraphs.
    """

    language: str
    slug: str
    about: str
    subject: str
    body: str
    link_words: str = ""
    link_url: str = ""


@dataclass(frozen=True, slots=True)
class MemberLetterContent:
    """What a member is mailed: an invitation, or the link for a lost password.

    ``by`` is who invited them, ``role`` with its article ("an editor"); ``link`` leads to the page
    that takes the password, and counts for ``days`` days.
    """

    kind: str
    by: str
    role: str
    link: str
    days: int
