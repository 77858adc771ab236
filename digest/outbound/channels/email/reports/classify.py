"""Hard or soft: whether a refusal says that the mailbox will never take mail (pure).

Judged by three tables: what single providers mean (``provider_rules``), what enhanced codes mean
(``enhanced_codes``), what words mean (``bounce_wording``, ``bounce_tongues``). A row for the
provider decides. Without one, a refusal is hard only when a code or the words say that the mailbox
or its domain is gone, and nothing else in it speaks for it: where code and words disagree, the
milder stands. In doubt a bounce is soft: soft ones add up over days, a hard one shuts the address
at once.
"""

import re
from dataclasses import dataclass
from enum import Enum

from digest.outbound.channels.email.reports.bounce_reason import (
    ABOUT_US,
    GONE,
    NEUTRAL,
    BounceReason,
    BounceRule,
)
from digest.outbound.channels.email.reports.bounce_tongues import (
    GONE_IN_TONGUES,
    MILDER_IN_TONGUES,
)
from digest.outbound.channels.email.reports.bounce_wording import (
    DISABLED_WORDS,
    GONE_RULES,
    HEDGES,
    MILDER_RULES,
)
from digest.outbound.channels.email.reports.enhanced_codes import (
    ADDRESSING_REPLIES,
    REPLY,
    STATUS,
    reason_of,
)
from digest.outbound.channels.email.reports.provider_rules import PROVIDER_RULES
from digest.outbound.channels.report import Kind

_LONGEST = 6_000
_MILDER = (*MILDER_RULES, *MILDER_IN_TONGUES)
_GONE_ROWS = (*GONE_RULES, *GONE_IN_TONGUES)
# Names that a host repeats are not its words: "no-spam@content.example".
_NAMES = re.compile(
    r"<[^<>\s]{1,320}>|https?://\S{1,400}|[^\s<>@:;,\"']{1,64}@[^\s<>,;:\"']{1,255}|"
    r"\[[0-9a-f.:]{3,45}\]",
    re.IGNORECASE,
)
# A reply of several lines repeats its codes in the middle of a sentence.
_REPEATED = re.compile(
    r"(?<=\S )(?:[45]\d\d[- ])?[45]\.\d{1,3}\.\d{1,3} (?=\S)|(?<=\S )[45]\d\d-(?=\S)"
)
_SPECIAL = re.compile(r"[*_`]+")
# RFC 3463: other or undefined, addressing, mailbox.
_ADDRESS_SUBJECTS = {"0", "1", "2"}


class SmtpStage(Enum):
    """What a refusal answered: the recipient, the content, or nobody says which."""

    RECIPIENT = "recipient"
    CONTENT = "content"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class BounceJudgement:
    """``kind`` hard or soft, what it is about, and the row of the tables that decided."""

    kind: Kind
    reason: BounceReason
    source: str

    @property
    def why(self) -> str:
        """The reason and the row that gave it, in a few words."""
        return f"{self.reason.value}: {self.source}"

    @property
    def is_about_us(self) -> bool:
        """Whether it says nothing of the mailbox."""
        return self.reason in ABOUT_US

    @property
    def is_hard(self) -> bool:
        """Whether the address is to be shut at once."""
        return self.kind is Kind.HARD_BOUNCE


def judge(
    status: str,
    words: str,
    *,
    permanent: bool | None = None,
    stage: SmtpStage = SmtpStage.UNTOLD,
    host: str = "",
) -> BounceJudgement:
    """Weigh one refusal.

    ``status`` an enhanced code or empty; ``words`` the diagnosis; ``permanent`` what a reader of
    odd formats made of it, None when nobody could tell; ``stage`` what it answered; ``host`` the
    one that answered, for the providers' rows. Words alone, without a code or anybody who says that
    it is permanent, are never enough for a hard one.
    """
    words = words[:_LONGEST]
    own, told = _codes(words), STATUS.search(status)
    codes = own + ([told[0]] if told and told[0] not in own else [])
    whole = f"{_REPEATED.sub('', words)} {host}"
    named = next((row for row in PROVIDER_RULES if row.fits(whole, codes)), None)
    if named is not None and named.reason not in GONE:
        return _soft(named)
    reply = REPLY.search(words)
    if any(code[0] != "5" for code in codes) or (reply and reply[1] != "5"):
        return BounceJudgement(Kind.SOFT_BOUNCE, BounceReason.NETWORK, "a passing code (RFC 3463)")
    if named is not None:
        return BounceJudgement(Kind.HARD_BOUNCE, named.reason, named.source)
    said = _plain(words)
    milder = _first(_MILDER, said)
    if milder is not None or HEDGES.fits(said, ()):
        return _soft(milder or HEDGES)
    gone = _first(_GONE_ROWS, said)
    # What the other side wrote itself counts before what the reporting host made of it.
    addressed = reply is not None and reply[0] in ADDRESSING_REPLIES and not own and gone
    reasons = {reason_of(code): code for code in ([] if addressed else codes)}
    against = next((each for each in reasons if each not in GONE | NEUTRAL), None)
    if against is not None:
        return BounceJudgement(Kind.SOFT_BOUNCE, against, f"the code {reasons[against]}")
    coded = next((each for each in reasons if each in GONE), None)
    if coded is not None:
        return BounceJudgement(Kind.HARD_BOUNCE, coded, f"the code {reasons[coded]}")
    if gone is not None and BounceReason.DISABLED in reasons and stage is not SmtpStage.RECIPIENT:
        # X.2.1 says that the mailbox is there; only who was asked for it may say otherwise.
        source = f"the code {reasons[BounceReason.DISABLED]}"
        return BounceJudgement(Kind.SOFT_BOUNCE, BounceReason.DISABLED, source)
    return _by_words(gone, said, bool(permanent or codes or reply), stage, reply)


def classify(status: str, words: str, *, permanent: bool | None = None) -> Kind:
    """A hard or a soft bounce; see :func:`judge`."""
    return judge(status, words, permanent=permanent).kind


def names_no_mailbox(reply: str) -> bool:
    """Whether a relay's own refusal for good says that the mailbox does not exist, beyond doubt.

    Judged as :func:`judge` does, and stricter, for a relay refuses for its own reasons too, and one
    that does is asked about every reader: a code that is not about the address never counts
    whatever its words, an unroutable domain may be the relay's fault, and words that hosts use for
    reasons of policy too prove nothing.
    """
    verdict, codes = judge("", reply, stage=SmtpStage.RECIPIENT), _codes(reply)
    if not verdict.is_hard or any(code.split(".")[1] not in _ADDRESS_SUBJECTS for code in codes):
        return False
    if any(reason_of(code) in GONE for code in codes):
        return True
    found = _first(tuple(row for row in _GONE_ROWS if row.plain), _plain(reply))
    return found is not None and found.reason is not BounceReason.NO_DOMAIN


def _by_words(
    gone: BounceRule | None,
    said: str,
    lasting: bool,
    stage: SmtpStage,
    reply: re.Match[str] | None,
) -> BounceJudgement:
    """When no code says whether the mailbox is gone."""
    if gone is not None and stage is SmtpStage.CONTENT:
        # The host knew the recipient a moment ago: a filter of the reader's, as the mobile
        # carriers of Japan have them, borrows the words.
        source = "the recipient had been taken (RFC 5321, 3.3)"
        return BounceJudgement(Kind.SOFT_BOUNCE, BounceReason.FILTERED, source)
    if gone is not None and lasting:
        return BounceJudgement(Kind.HARD_BOUNCE, gone.reason, gone.source)
    told = ADDRESSING_REPLIES.get(reply[0]) if reply else None
    if told in GONE and stage is not SmtpStage.CONTENT:
        return BounceJudgement(Kind.HARD_BOUNCE, told or BounceReason.MOVED, "RFC 5321, RFC 7504")
    if DISABLED_WORDS.fits(said, ()):
        return _soft(DISABLED_WORDS)
    return BounceJudgement(Kind.SOFT_BOUNCE, BounceReason.UNCLEAR, "nothing says that it is gone")


def _codes(words: str) -> list[str]:
    """The enhanced codes in the words, each once, those that say something before 5.0.0."""
    found = dict.fromkeys(each[0] for each in STATUS.finditer(words))
    return list(found)[:20]


def _plain(words: str) -> str:
    """What was said, without the addresses, links and hosts that it was said about."""
    return " ".join(_SPECIAL.sub(" ", _NAMES.sub(" ", _REPEATED.sub("", words))).split())


def _first(rows: tuple[BounceRule, ...], said: str) -> BounceRule | None:
    return next((row for row in rows if row.fits(said, ())), None)


def _soft(row: BounceRule) -> BounceJudgement:
    return BounceJudgement(Kind.SOFT_BOUNCE, row.reason, row.source)
