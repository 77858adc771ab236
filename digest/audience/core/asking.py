"""When a service message may go to a mailbox that anybody can type into a form (pure).

Two bounds, each a sliding hour: one message of a kind for a mailbox, some for a domain; and a few a
day for a mailbox, since a stranger may write a name of it in as many ways as they like. What is
over a bound waits for its room and is not refused, so that a stranger's form keeps nobody out; what
would wait longer than a day is not sent at all.
"""

from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONGEST_WAIT = DAY
MAILBOX_AN_HOUR, MAILBOX_A_DAY = 1, 6
SITE_AN_HOUR = 60
# Providers of mailboxes for everybody: their readers are many and strangers to each other.
SHARED_AN_HOUR = 6_000
_SHARED = """
gmail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com icloud.com me.com
mac.com proton.me protonmail.com gmx.de gmx.net gmx.com web.de t-online.de freenet.de orange.fr
free.fr laposte.net sfr.fr yahoo.fr hotmail.fr libero.it virgilio.it yahoo.co.uk hotmail.co.uk
btinternet.com yahoo.co.jp yahoo.co.in naver.com daum.net hanmail.net kakao.com nate.com qq.com
163.com 126.com sina.com foxmail.com yahoo.com.sg singnet.com.sg yandex.ru yandex.com mail.ru
bk.ru inbox.ru rambler.ru zoho.com fastmail.com mail.com terra.com.br uol.com.br bol.com.br
yahoo.com.br hotmail.es yahoo.es comcast.net verizon.net att.net rediffmail.com ukr.net seznam.cz
wp.pl o2.pl onet.pl interia.pl bluewin.ch telenet.be
email.com
"""
SHARED = frozenset(_SHARED.split())


def room_at(
    now: datetime, *filling: datetime | None, day: datetime | None = None
) -> datetime | None:
    """The moment at which there is room for one more; None when that is more than a day away.

    ``filling``: for each bound of an hour the moment of the message that fills it, the n-th newest
    of those that are planned or went, or None where there are fewer; ``day``: that of the day's.
    """
    free = [moment + HOUR for moment in filling if moment is not None]
    due = max([now, *free, *([day + DAY] if day is not None else [])])
    return due if due - now <= LONGEST_WAIT else None


def site_bound(site: str) -> int:
    """How many messages an hour go to a domain."""
    return SHARED_AN_HOUR if site in SHARED else SITE_AN_HOUR
