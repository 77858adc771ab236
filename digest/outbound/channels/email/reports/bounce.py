"""Mail that came back to a return path, read (pure).

The envelope says for whom it was: a signed address of ours (VERP) names the copy, so nobody can
invent bounces for other readers and nothing must be guessed from the text. What happened is told
by RFC 3464, by RFC 5965 for complaints, or in the odd formats that ``flufl.bounce`` knows.
"""

import email
import email.policy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from itertools import islice

from flufl.bounce import all_failures

from digest.outbound.channels.email.reports import bounce_text
from digest.outbound.channels.email.reports.aggregate import read as aggregate
from digest.outbound.channels.email.reports.bounce_reason import BounceReason
from digest.outbound.channels.email.reports.classify import BounceJudgement, judge
from digest.outbound.channels.email.reports.enhanced_codes import STATUS
from digest.outbound.channels.email.verp import key_of, leaving_of
from digest.outbound.channels.report import Kind, Report, text

LARGEST = 256 * 1024
# A bounce has three parts and those of the copy. Reading it costs levels times lines, and the
# square of a Content-Type's parameters.
_MOST_LINES = 10_000
_MOST_PARTS = 20
_MOST_RECIPIENTS = 50
_PARTS = re.compile(rb"boundary(?:\*\d*\*?)?\s*=|content-type\s*:\s*message/", re.IGNORECASE)
_ENDLESS = re.compile(
    rb"^(?:content-type|(?:original|final)-recipient)[ \t]*:(?:[^\r\n]|\r?\n[ \t]|\r[ \t]){2000}",
    re.IGNORECASE | re.MULTILINE,
)
_RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
_AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
_HOSTS = re.compile(
    r"mailer.?daemon|post.?master|mail(?: |-)(?:delivery|system)|delivery(?: |-)sub|bounce",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"mailer.?daemon", re.IGNORECASE)
_MACHINE = "an answering machine"
_FAILED = re.compile(
    r"(?:could|can) ?not be delivered|undeliverable|delivery (?:has )?failed|"
    r"you\b[^.]{0,80}\bnot (?:a )?member",
    re.IGNORECASE,
)
_DELAY = "a delay: the host goes on trying"
_DELAYED = re.compile(
    r"not yet (?:been )?(?:delivered|able)|warning message only|will (?:be retried|continue|keep|"
    r"try)|still being (?:tried|retried)|has been delayed|message is delayed|"
    r"only a (?:temporary failure|warning)",
    re.IGNORECASE,
)
_RECEIPT = "a receipt: somebody opened or deleted it"
_DIAGNOSIS = re.compile(
    r"^.*(?<![\w.])[45]\d\d(?:[ -]|$).*$|^.*(?<![\w.])[45]\.\d{1,3}\.\d{1,3}(?![\w.]).*$",
    re.MULTILINE,
)
_STATUS_PART = "Content-Type: message/delivery-status"
_DELIVERED = {"delivered", "relayed", "expanded"}
_FEEDBACK = re.compile(rb"^content-type:\s{0,5}message/feedback-report\b", re.I | re.M)
_HOTMAILS = re.compile(r"complaint about message from ", re.IGNORECASE)
# Apple's Mail unsubscribes its user so.
_APPLES = "X-Apple-Unsubscribe"
# As Exim's and others' scripts write one without ARF.
_FORENSIC = re.compile(r"\bdmarc (?:forensic|failure) report\b", re.IGNORECASE)
_AUTH_FAILURE = "a report of auth-failure, no complaint"
# RFC 5965, 3.1, RFC 6430 and RFC 6591: what a host's machines found out is no reader's complaint.
_COMPLAINTS = {"abuse", "fraud", "complaint", "opt-out", "opt-out-list", "spam", ""}


@dataclass(frozen=True, slots=True)
class BouncedMail:
    """What a mail says. ``reports`` is empty for delays, auto-replies and what is not ours;
    ``why_not`` says which. One on our domain is about no copy (``about_domain``)."""

    reports: tuple[Report, ...] = ()
    why_not: str = ""


def read(
    mail: bytes, recipients: Sequence[str], *, secret: str, null_sender: bool = True
) -> BouncedMail:
    """Read a mail that arrived for ``recipients`` (its envelope's; headers are asked when empty).

    ``null_sender``: it came from ``<>``, as bounces do (RFC 5321, 4.5.5). Never raises.
    """
    kept = b"".join(mail[:LARGEST].splitlines(keepends=True)[:_MOST_LINES])
    if sum(1 for _ in islice(_PARTS.finditer(kept), _MOST_PARTS + 1)) > _MOST_PARTS:
        return BouncedMail(why_not=f"more than {_MOST_PARTS} parts")
    if _ENDLESS.search(kept):
        return BouncedMail(why_not="a header without an end")
    try:
        # Mail that is not ours is not worth more than its headers.
        headers = BytesHeaderParser(policy=email.policy.compat32).parsebytes(kept)
        if name := _leaving(recipients, headers, secret):
            return _unsubscribed(name, headers)
        if aggregate.may_bring_one(headers, kept) and (read := _on_domain(kept)):
            return read
        if _FORENSIC.search(str(headers["Subject"] or "")):
            return BouncedMail(why_not=_AUTH_FAILURE)
        key = _key(recipients, headers, secret)
        complains = _complains(headers, kept)
        if not key and not complains:
            return BouncedMail(why_not="no return path of ours")
        message = email.message_from_bytes(kept, policy=email.policy.compat32)
        if complains:
            return _complaint(message, key, secret)
        return _bounce(message, key, null_sender)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        return BouncedMail(why_not=f"cannot be read ({type(error).__name__})")


def _on_domain(mail: bytes) -> BouncedMail | None:
    """A DMARC or TLS report, which hosts send to whoever the domain's DNS names."""
    found = aggregate.read(email.message_from_bytes(mail, policy=email.policy.compat32))
    if found is None:
        return None
    if not found.reports:
        return BouncedMail(why_not=f"a {found.kind} that cannot be read: {found.why_not}")
    return BouncedMail(
        tuple(
            Report(Kind.LEARNED, words=f"{found.kind} by {each.reporter}", about_domain=each)
            for each in found.reports
        )
    )


def diagnosis(message: Message) -> tuple[str, str, bool | None]:
    """Status code, words and whether it is permanent (None: cannot tell), of any bounce there is.

    The words are the first line that looks like an SMTP answer, else the beginning of the text.
    """
    temporary, permanent = all_failures(message)
    lasting = True if permanent else False if temporary else None
    body = bounce_text.own_words(message)
    if lasting is None and bounce_text.says_it_is_for_good(body):
        lasting = True
    found = _DIAGNOSIS.search(body)
    words = text(found[0] if found else body)
    code = STATUS.search(words)
    return (code[0] if code else ""), words, lasting


def _bounce(message: Message, key: str, null_sender: bool) -> BouncedMail:
    told = list(islice(_statuses(message), _MOST_RECIPIENTS))
    if told:
        return _notified(told, key, message)
    if _report_type(message) == "disposition-notification":
        return BouncedMail(why_not=_RECEIPT)
    status, words, lasting = diagnosis(message)
    said = bounce_text.own_words(message)
    if lasting is None and not _is_by_a_host(message, said):
        # Answering machines write to the envelope sender too.
        return BouncedMail(why_not=_MACHINE if null_sender else "a person's mail, not a bounce")
    if not lasting and _is_automatic(message) and not _DAEMON.search(str(message["From"] or "")):
        return BouncedMail(why_not=_MACHINE)
    if not lasting and _DELAYED.search(said[:5_000]):
        return BouncedMail(why_not=_DELAY)
    verdict = _weighed(status, words, said, lasting)
    kind = verdict.kind
    if lasting is None and not _names_a_host(message):
        # Only its text looks like a bounce: a person may have written it.
        kind = Kind.SOFT_BOUNCE
    report = Report(kind, key, "", status, words, why=verdict.why, is_about_us=verdict.is_about_us)
    return BouncedMail((report,))


def _notified(told: list[dict[str, str]], key: str, message: Message) -> BouncedMail:
    """What a delivery status notification says; of several recipients the milder counts.

    A copy of ours has one: others are where it was forwarded to.
    """
    failed = [
        each
        for each in told
        if each["action"] == "failed" or (not each["action"] and each["status"][:1] not in "24")
    ]
    if failed:
        reports = [_of_status(each, key, message) for each in failed]
        soft = (each for each in reports if each.kind is Kind.SOFT_BOUNCE)
        return BouncedMail((next(soft, reports[0]),))
    if any(each["action"] in _DELIVERED or each["status"].startswith("2") for each in told):
        return BouncedMail((Report(Kind.DELIVERED, key),))
    return BouncedMail(why_not=_DELAY)


def _of_status(fields: dict[str, str], key: str, message: Message) -> Report:
    status, words = fields["status"], fields["diagnostic-code"]
    words = words.split(";", 1)[-1].strip() if ";" in words[:20] else words
    host = fields["remote-mta"].rpartition(";")[2].strip()
    verdict = _weighed(status, words, bounce_text.own_words(message), True, host)
    recipient = fields["final-recipient"].rpartition(";")[2].strip()
    return Report(
        verdict.kind, key, recipient, status, words or status, why=verdict.why, host=host,
        is_about_us=verdict.is_about_us,
    )  # fmt: skip


def _weighed(
    status: str, words: str, said: str, lasting: bool | None, host: str = ""
) -> BounceJudgement:
    """The judgement on the diagnosis; on the text for people where that leaves it open.

    Exim leaves the diagnosis to the text, OpenSMTPD the enhanced code too.
    """
    stage = bounce_text.stage(said)
    verdict = judge(status, words, permanent=lasting, stage=stage, host=host)
    if verdict.reason is not BounceReason.UNCLEAR:
        return verdict
    whole = f"{words} {bounce_text.without_greeting(said)}"
    return judge(status, whole, permanent=lasting, stage=stage, host=host)


def _statuses(message: Message) -> Iterable[dict[str, str]]:
    """The per-recipient groups of a delivery status notification (RFC 3464, 2.3)."""
    names = ("action", "status", "diagnostic-code", "final-recipient", "remote-mta")
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        groups = _plain(part)
        if isinstance(groups, str):
            groups = email.message_from_string(f"{_STATUS_PART}\n\n{groups}").get_payload()
        for group in groups if isinstance(groups, list) else []:
            if isinstance(group, Message) and (group["Action"] or group["Status"]):
                found = {name: text(str(group[name] or "")) for name in names}
                yield found | {"action": found["action"].split(" ")[0].lower()}


def _complaint(message: Message, key: str, secret: str) -> BouncedMail:
    """A report in ARF (RFC 5965). Providers strike out the reader's name, so ours must be inside:
    in the return path of the copy they send along."""
    fields, copy = Message(), Message()
    for part in message.walk():
        kind = part.get_content_type()
        payload = _plain(part)
        if kind == "message/feedback-report":
            fields = _headers_of(payload)
        elif kind in {"message/rfc822", "text/rfc822-headers"}:
            copy = _headers_of(payload)
    kind = text(str(fields["Feedback-Type"] or "")).lower()
    if kind == "not-spam":
        return BouncedMail(why_not="somebody said that it is no spam")
    if kind not in _COMPLAINTS:
        return BouncedMail(why_not=f"a report of {kind[:40]}, no complaint")
    places = [str(each) for each in (fields["Original-Mail-From"], copy["Return-Path"]) if each]
    key = key or next((found for each in places if (found := _key([each], None, secret))), "")
    if not key:
        return BouncedMail(why_not="a complaint about a copy that nobody can name")
    what = Kind.LEFT if message[_APPLES] else Kind.COMPLAINT
    return BouncedMail((Report(what, key, words=kind or "abuse"),))


def _plain(part: Message) -> object:
    """A part's payload; decoded where a host packed the fields, which RFC 2046, 5.2 forbids."""
    payload = part.get_payload()
    packed = str(part["Content-Transfer-Encoding"] or "").strip().lower()
    if packed not in {"base64", "quoted-printable"} or not isinstance(payload, list):
        return payload
    inner = Message()
    inner["Content-Transfer-Encoding"] = packed
    inner.set_payload(
        "\n".join(str(each.get_payload()) for each in payload if isinstance(each, Message))
    )
    fields = inner.get_payload(decode=True)
    return fields.decode("utf-8", "replace") if isinstance(fields, bytes) else payload


def _headers_of(payload: object) -> Message:
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        inner = payload[0]
        # feedparts without a blank line inside arrive as a message whose payload holds the fields
        return inner if inner.keys() else email.message_from_string(str(inner.get_payload()))
    return email.message_from_string(payload.lstrip() if isinstance(payload, str) else "")


def _unsubscribed(name: str, headers: Message) -> BouncedMail:
    """A reader's mail to the address for leaving; a machine that answers there means nothing."""
    if _is_automatic(headers) or _names_a_host(headers) or _report_type(headers):
        return BouncedMail(why_not=_MACHINE)
    return BouncedMail((Report(Kind.UNSUBSCRIBED, words="left by mail", wants=(name,)),))


def _leaving(recipients: Iterable[str], message: Message, secret: str) -> str:
    found = (leaving_of(address, secret) for address in _addresses(recipients, message))
    return next((name for name in found if name), "")


def _key(recipients: Iterable[str], message: Message | None, secret: str) -> str:
    found = (key_of(address, secret) for address in _addresses(recipients, message))
    return next((key for key in found if key), "")


def _addresses(recipients: Iterable[str], message: Message | None) -> list[str]:
    """For whom a mail is: by its envelope, by its headers where that was not kept."""
    given = list(recipients)
    if message is not None and not given:
        for name in _RECIPIENT_HEADERS:
            given += [str(each) for each in message.get_all(name, [])]
    return [address for _, address in getaddresses(given[:100])]


def _complains(headers: Message, mail: bytes) -> bool:
    """Whether it is a report of abuse: in ARF, or as those write it who had it before ARF."""
    if _report_type(headers) == "feedback-report" or headers[_APPLES]:
        return True
    if headers.get_content_maintype() != "multipart":
        return False
    return bool(_FEEDBACK.search(mail) or _HOTMAILS.match(str(headers["Subject"] or "").strip()))


def _report_type(message: Message) -> str:
    if message.get_content_type() != "multipart/report":
        return ""
    return str(message.get_param("report-type", "") or "").lower()


def _is_by_a_host(message: Message, said: str) -> bool:
    """Whether a mail that no reader of formats knows comes from a mail system, not a person."""
    if _names_a_host(message):
        return True
    return bool(_FAILED.search(f"{message['Subject'] or ''} {said[:5_000]}"))


def _names_a_host(message: Message) -> bool:
    return bool(_HOSTS.search(f"{message['From'] or ''} {message['Sender'] or ''}"))


def _is_automatic(message: Message) -> bool:
    """Whether it says that a machine answered: RFC 3834, or what was in use before and beside."""
    submitted = str(message["Auto-Submitted"] or "").strip().lower()
    if submitted.startswith("auto-replied"):
        return True
    if str(message["Precedence"] or "").strip().lower() in {"auto_reply", "auto-reply"}:
        return True
    return any(message[name] for name in _AUTOMATIC_HEADERS)
