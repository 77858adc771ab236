"""What a refusal says of the mailbox: by provider, by code, by words of many languages."""

import time

import pytest

from digest.outbound.channels.email.reports import postmark, relay
from digest.outbound.channels.email.reports.bounce_reason import BounceReason as Reason
from digest.outbound.channels.email.reports.classify import SmtpStage, judge, names_no_mailbox
from digest.outbound.channels.email.reports.provider_rules import PROVIDER_RULES
from digest.outbound.channels.report import Kind

# status, words, reason: none of these says that the mailbox is gone.
STAYS = [
    ("5.2.1", "550-5.2.1 The user you are trying to contact is receiving 550-5.2.1 mail at a rate "
     "that prevents additional messages from being delivered.", Reason.RATE),
    ("5.1.0", "550 5.1.0 <news@meridian.example> sender rejected. AUP#In-1310", Reason.REPUTATION),
    ("5.1.0", "550 5.1.0 <news@meridian.example> sender rejected", Reason.SENDER),
    ("5.2.0", "550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]", Reason.CONTENT),
    ("5.1.1", "550 5.7.1 IP address blacklisted by recipient", Reason.REPUTATION),
    ("5.1.1", "552 5.2.2 Over quota", Reason.FULL),
    ("5.1.1", "552 sorry, mailbox a@b.example is over quota temporarily (#5.1.1)", Reason.FULL),
    ("5.1.1", "550 5.1.1 Das Postfach ist voll", Reason.FULL),
    ("5.1.1", "La boîte du destinataire est pleine", Reason.FULL),
    ("5.1.1", "El buzón está lleno", Reason.FULL),
    ("5.1.1", "メールボックスが一杯です", Reason.FULL),
    ("5.1.1", "收件人邮箱已满", Reason.FULL),
    ("5.1.1", "550 5.1.1 sender address rejected: user unknown", Reason.SENDER),
    ("5.1.1", "550 5.1.1 Absender unbekannt", Reason.SENDER),
    ("5.1.1", "550 Domain frequency limited", Reason.RATE),
    ("5.7.1", "550 5.7.1 user unknown", Reason.POLICY),
    ("5.4.4", "550 5.4.4 host not found, try again later", Reason.NETWORK),
    ("5.1.1", "550 The account or domain may not exist", Reason.HEDGED),
    ("5.1.1", "Ce groupe n'existe pas, ou vous n'êtes pas autorisé à lui écrire", Reason.POLICY),
    ("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", Reason.DISABLED),
    ("5.2.1", "550 5.2.1 a@b.example... User Unknown", Reason.DISABLED),
    ("5.0.0", "554 30 This mailbox is disabled (554.30)", Reason.DISABLED),
    ("5.0.0", "550 SC-001 Mail rejected for policy reasons", Reason.REPUTATION),
    ("5.4.5", "550 5.4.5 Daily user sending quota exceeded", Reason.RATE),
    ("5.7.1", "554 5.7.1 Client host rejected: cannot find your reverse hostname", None),
    ("5.0.0", "550 permanent failure for one or more recipients (a@b.example:blocked)",
     Reason.POLICY),
    ("5.0.0", "554 5.0.0 Service unavailable", Reason.UNCLEAR),
    ("4.2.2", "452 4.2.2 user unknown", Reason.NETWORK),
    ("", "", Reason.UNCLEAR),
]  # fmt: skip

# These do.
GONE = [
    ("5.1.1", "550 5.1.1 mailbox not known"),
    ("5.1.1", "550-5.1.1 The email account that you tried to reach does not exist. Please try "
     "550-5.1.1 double-checking the recipient's email address for typos"),
    ("5.1.1", "550 5.1.1 <full-quota@spam.blocked.example>... User unknown"),
    ("5.1.1", "550 5.1.1 User unknown in relay recipient table"),
    ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address"),
    ("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable"),
    ("5.5.0", "550 5.5.0 Adresse destinataire invalide. Invalid recipient. LPN007_416"),
    ("5.7.1", "550 5.7.1 No such user!"),
    ("5.0.0", "550 Benutzer unbekannt"),
    ("5.0.0", "550 Empfängeradresse existiert nicht"),
    ("5.0.0", "550 Utilisateur inconnu"),
    ("5.0.0", "550 Usuario desconocido"),
    ("5.0.0", "550 Usuário inexistente"),
    ("5.0.0", "550 Utente sconosciuto"),
    ("5.0.0", "550 用户不存在"),
    ("5.0.0", "550 宛先のメールアドレスが見つかりません"),
    ("5.0.0", "550 Пользователь не найден"),
    ("5.0.0", "550 존재하지 않는 사용자"),
    ("5.0.0", "550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?id=20022"),
    ("5.0.0", "550 User not found: a@163.example"),
    ("5.0.0", "550 sorry, no mailbox here by that name"),
    ("5.0.0", "553 Requested action not taken: mailbox name not allowed"),
    ("5.7.1", "553 Invalid recipient a@b.example"),
    ("5.1.2", "Host unknown (Name server: nowhere.example: host not found)"),
    ("5.7.27", "550 Host does not accept mail"),
    ("5.0.0", "556 the domain takes no mail"),
    ("5.1.6", "550 5.1.6 recipient no longer on server"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "words", "reason"), STAYS)
def test_who_may_well_be_there_is_not_shut_out(
    status: str, words: str, reason: Reason | None
) -> None:
    verdict = judge(status, words, permanent=True)
    assert not verdict.is_hard
    assert reason in {None, verdict.reason} and verdict.source


@pytest.mark.parametrize(("status", "words", "reason"), STAYS)
def test_a_relays_own_answer_is_judged_as_mildly(
    status: str, words: str, reason: Reason | None
) -> None:
    del status, reason
    # The word "disabled" aside, where it was the recipient that was asked for.
    assert not names_no_mailbox(words) or "User Unknown" in words


@pytest.mark.parametrize(("status", "words"), GONE)
def test_a_mailbox_that_is_gone_is_known_by_code_or_words(status: str, words: str) -> None:
    assert judge(status, words, permanent=True).is_hard


def test_a_mailbox_that_is_shut_off_adds_up_when_the_relay_says_so() -> None:
    found = relay.report({"key": "1-2", "reply": "550 5.2.1 this mailbox is disabled"})
    assert found is not None and found.kind is Kind.SOFT_BOUNCE
    full = relay.report({"key": "1-2", "reply": "552 5.2.2 over quota"})
    rate = relay.report({"key": "1-2", "reply": STAYS[0][1]})
    assert full is None and rate is None


@pytest.mark.parametrize(
    ("details", "kind"),
    [
        ("smtp;550 5.1.1 no such user", Kind.HARD_BOUNCE),
        ("", Kind.HARD_BOUNCE),
        ("smtp;550 5.2.1 The user is receiving mail at a rate that prevents", Kind.SOFT_BOUNCE),
        ("smtp;550 5.1.1 IP address blacklisted by recipient", Kind.SOFT_BOUNCE),
    ],
)
def test_a_provider_that_calls_it_hard_is_not_believed_against_the_words(
    details: str, kind: Kind
) -> None:
    body = {"RecordType": "Bounce", "Type": "HardBounce", "Email": "a@b.c", "Details": details}
    found = postmark.report(body, "meridian.example")
    assert found is not None and found.kind is kind


def test_a_filter_that_borrows_the_words_is_no_lost_mailbox() -> None:
    words = "550 Unknown user reader@carrier.example"
    assert judge("5.0.0", words, stage=SmtpStage.RECIPIENT).is_hard
    late = judge("5.0.0", words, stage=SmtpStage.CONTENT)
    assert (late.is_hard, late.reason) == (False, Reason.FILTERED)
    # Exchange looks a recipient up after the content only, and gives the code.
    words = "550 5.1.10 RESOLVER.ADR.RecipientNotFound"
    assert judge("5.1.10", words, stage=SmtpStage.CONTENT).is_hard


def test_words_without_a_code_are_not_enough() -> None:
    assert not judge("", "no such user").is_hard
    assert judge("", "no such user", permanent=True).is_hard


def test_each_row_of_a_provider_names_its_source() -> None:
    assert all(row.source for row in PROVIDER_RULES)


def test_a_long_refusal_is_judged_in_little_time() -> None:
    began = time.process_time()
    for words in ("user " * 1_200, "<" * 6_000, "a@" * 3_000, "550-5.1.1 " * 600, "利用者" * 2_000):
        judge("5.1.1", words, permanent=True)
    assert time.process_time() - began < 2
