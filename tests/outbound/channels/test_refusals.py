"""What a relay's no means."""

import pytest

from digest.outbound.channels.email.refusals import Said, is_quota, refused

QUOTAS = [
    # Google: SMTP errors of Workspace's relay.
    "550 5.4.5 Daily user sending quota exceeded. For more information, go to https://x.example",
    "550 5.4.5 Daily SMTP relay sending limit exceeded for customer.",
    # Microsoft 365, Amazon SES, cPanel's Exim, Zoho, Yandex.
    "554 5.2.0 The message can't be submitted because the sender's submission quota was exceeded",
    "554 Message rejected: Daily message quota exceeded.",
    "550 Domain news.example has exceeded the max emails per hour (500/500 (100%)) allowed. "
    "Message discarded.",
    "550 Maximum credits exceeded",
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for message "
    "recipients",
    "550 5.7.233 Your message can't be sent because your tenant exceeded its daily limit for "
    "sending email to external recipients (tenant external recipient rate limit)",
    "550 5.2.0 Hourly send limit for domain reached",
    "552 5.7.1 Your account has sent too many messages today",
    "550 Free plan limit: 300 mails per day",
    "550 Sie haben Ihr Tageslimit erreicht",
    "550 Limite d'envoi quotidienne atteinte",
    "550 Ha superado el límite diario de envíos",
    "550 发送数量超过每日限制",
    "550 1日の送信上限を超えました",
    "550 일일 발송 한도를 초과했습니다",
    "550 Domain x.example has exceeded the max emails per hour; hourly email limit reached",
    "554 5.4.6 Sending limit exceeded",
]
OF_THE_READER = [
    "552 5.2.2 Over quota",
    "550 The recipient's daily receiving limit has been exceeded",
    "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP",
    "550 5.2.1 The user is receiving mail at a rate that is above their daily limit",
    "552-5.2.2 The recipient's inbox is out of storage space.",
    "452 4.2.2 Mailbox over daily message limit",
    "552 5.3.4 Message size exceeds fixed limit",
    "550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more",
    "550 5.1.1 No such user",
    "554 5.7.1 you are blocked",
]


@pytest.mark.parametrize("words", QUOTAS)
def test_a_spent_quota_is_nothing_of_this_reader_s(words: str) -> None:
    error = refused(int(words[:3]), words[4:], Said.RCPT)
    assert (error.scope, error.permanent, error.recipient) == ("quota", False, False)


@pytest.mark.parametrize("words", OF_THE_READER)
def test_a_full_mailbox_or_a_block_is_no_quota_of_ours(words: str) -> None:
    assert not is_quota(words)
    assert refused(int(words[:3]), words[4:], Said.CONTENT).scope == "message"
