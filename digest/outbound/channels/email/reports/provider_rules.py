"""What single providers mean by their codes and words, where that differs from the standard (pure).

A row is asked before the general tables, the first that fits decides. ``source`` is the provider's
own page, or "seen" with the operator whose mails show it.
"""

from digest.outbound.channels.email.reports.bounce_reason import BounceReason, BounceRule, rule

_R = BounceReason

_GOOGLE = "https://support.google.com/a/answer/3726730"
_MICROSOFT = (
    "https://learn.microsoft.com/exchange/mail-flow-best-practices/"
    "non-delivery-reports-in-exchange-online"
)
_OUTLOOK = "https://substrate.office.com/ip-domain-management-snds/Troubleshooting"
_YAHOO = "https://senders.yahooinc.com/smtp-error-codes/"
_ORANGE = "https://postmaster.orange.fr, codes OFR and LPN"
_GMX = "https://postmaster.gmx.net/en/error-messages"
_YANDEX = "https://yandex.com/support/mail/web/letter/create.html, non-delivery reports"
_MAILRU = "https://help.mail.ru/mail-help/mailer/error"
_QQ = "https://service.mail.qq.com, bounce help pages"
_NETEASE = "https://help.163.com, bounce codes"
_COX = "https://www.cox.com/residential/support/email-error-codes.html"
_SPECTRUM = "https://www.spectrum.net/support/internet/understanding-email-error-codes"
_GODADDY = "https://www.godaddy.com/help/what-does-my-email-bounceback-mean-3568"
_APPLE = "https://support.apple.com/102322"
_SES = "https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
_COMCAST = "https://postmaster.comcast.net/smtp-error-codes.php"
_FACEBOOK = "seen: Facebook, codes RCP, POL, CON"
_KUMO = "KumoMTA's community rules"

PROVIDER_RULES: tuple[BounceRule, ...] = (
    # Google: 5.2.1 stands for three things.
    rule(_R.RATE, r"receiving (?:mail|e-?mail|messages) (?:at a rate|too quickly)|ReceivingRate",
         _GOOGLE),
    rule(_R.RATE, r"unusual rate|(?:daily|sending) (?:user )?(?:sending )?(?:quota|limit) exceeded",
         _GOOGLE),
    rule(_R.NO_MAILBOX, r"p=NoSuchUser\b|answer(?:\.py\?answer=|/)6596\b", _GOOGLE,
         code=r"5\.1\.1"),
    rule(_R.DISABLED, r"p=DisabledUser\b|OverQuotaPerm|p=NoSuchUser\b", _GOOGLE),
    # Microsoft: edge blocking answers so where the directory does not know the recipient.
    rule(_R.NO_MAILBOX, r"recipient address rejected: access denied", _MICROSOFT, code=r"5\.4\.1$"),
    rule(_R.NO_MAILBOX, r"RESOLVER\.ADR\.\w*Recip\w*NotFound|recipient not found by smtp address",
         _MICROSOFT, code=r"5\.[01]\.\d+"),
    rule(_R.RATE, r"recipient thread limit|RecipientLimit|rate limit", _MICROSOFT,
         code=r"5\.2\.12[12]|4\.3\.2"),
    rule(_R.SENDER, r"", _MICROSOFT, code=r"5\.1\.(?:20|90)$"),
    rule(_R.REPUTATION, r"\b(?:SC|DY|OU|RP)-00\d\b|\bS3[01]\d\d\b", _OUTLOOK),
    rule(_R.NO_MAILBOX, r"requested action not taken: mailbox unavailable", _OUTLOOK,
         code=r"5\.5\.0$"),
    rule(_R.FULL, r"STOREDRV.{0,60}(?:quota|full)|ShutoffQuota", _MICROSOFT),
    # Yahoo, AOL, and the hosts that took their words over.
    rule(_R.NO_MAILBOX, r"mailbox not found", _YAHOO, code=r"5\.[01]\.[01]$"),
    rule(_R.DISABLED, r"this mailbox is disabled|\(554\.30\)|disabled or discontinued", _YAHOO),
    rule(_R.POLICY, r"\[(?:TSS?\d\d|PH\d\d|IPTS\d\d|BL\d\d|GL\d\d)\]|not accepted for policy",
         _YAHOO),
    # Orange, Wanadoo, La Poste: the number after OFR or LPN is what counts.
    rule(_R.NO_MAILBOX, r"\b(?:OFR|LPN)\d{0,3}_416\b", _ORANGE),
    rule(_R.FULL, r"\b(?:OFR|LPN)\d{0,3}_417\b", _ORANGE),
    rule(_R.DISABLED, r"\b(?:OFR|LPN)\d{0,3}_42\d\b", _ORANGE),
    rule(_R.CONTENT, r"\b(?:OFR|LPN)\d{0,3}_5\d\d\b", _ORANGE),
    rule(_R.REPUTATION, r"\b(?:OFR|LPN)\d{0,3}_\d\d\d\b", _ORANGE),
    # GMX, web.de, mail.com, 1&1: one sentence, and the reason behind it.
    rule(_R.POLICY, r"mailbox unavailable.{0,40}(?:reject due to|policy|restriction)", _GMX),
    rule(_R.NO_MAILBOX, r"requested action not taken: mailbox unavailable"
         r"(?=.{0,300}(?:gmx|web\.de|mail\.com|1and1|1und1|ionos|kundenserver))", _GMX),
    # Yandex files a mailbox that is not there under security.
    rule(_R.NO_MAILBOX, r"\bno such user!", _YANDEX, code=r"5\.7\.1$"),
    rule(_R.POLICY, r"policy rejection on the target address", _YANDEX),
    rule(_R.NO_MAILBOX, r"message was not accepted -- invalid mailbox", _MAILRU),
    # Tencent and NetEase.
    rule(_R.RATE, r"\b(?:ip|domain|connection|sender) frequency limited", _QQ),
    rule(_R.NO_MAILBOX, r"\bmailbox (?:not found|unavailable or access denied)\b(?=.{0,200}\bqq\b)",
         _QQ),
    rule(_R.REPUTATION, r"connection denied|suspected bounce attack|blocked ip", _QQ),
    rule(_R.RATE, r"\b(?:RP|MI):[A-Z]{2,4}\b", _NETEASE),
    rule(_R.CONTENT, r"\bDT:S[PU]\w\b|\bHL:\w{3}\b", _NETEASE),
    rule(_R.NO_MAILBOX, r"\bRC:NE\b|\bRC:LD\b", _NETEASE),
    # Cable companies of North America.
    rule(_R.REPUTATION, r"\bAUP#|\bCX(?:BL|SNDR|SMX\d|THRT|MXRT)\b", f"{_COX}; {_SPECTRUM}"),
    rule(_R.REPUTATION, r"\b(?:RL|BL|PBL)0000\d\d\b", _COMCAST),
    rule(_R.NO_MAILBOX, r"\bnot our customer\b", _COMCAST),
    rule(_R.NO_MAILBOX, r"\bIB\d{3}[a-z]?\b.{0,80}(?:no such|not exist|unknown|invalid)",
         _GODADDY),
    rule(_R.REPUTATION, r"\bIB(?:1|2|5|6|7)\d\d[a-z]?\b", _GODADDY),
    # Apple, Facebook, Amazon.
    rule(_R.POLICY, r"\[(?:CS|HM|HVIP?)\d\d\]|local policy", _APPLE),
    rule(_R.NO_MAILBOX, r"\bRCP-P1\b", _FACEBOOK),
    rule(_R.POLICY, r"\b(?:RCP|POL|CON|INT|DNS|MSG)-[PT]\d\b", _FACEBOOK),
    rule(_R.SUPPRESSED, r"suppress(?:ed|ion) (?:sending|list)|account suppression list", _SES),
    # Sendmail 8.16 gives the sender's code to a recipient's domain that takes no mail.
    rule(_R.NO_DOMAIN, r"host does not accept mail", "Sendmail's domain.c (RFC 7505)",
         code=r"5\.7\.27$"),
    # Barracuda: the reason stands in brackets behind the address.
    rule(_R.POLICY, r"permanent failure for one or more recipients.{0,200}:blocked", _KUMO),
)  # fmt: skip
