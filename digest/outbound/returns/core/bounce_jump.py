"""When hard bounces at one receiving site are too many to be the readers' doing (pure).

Mailboxes die one by one. When many at one site "do not exist" within hours, it is nearly always a
fault of ours, or of the site's directory: a broken address, a relay that answers for it, a
migration. Shutting those readers out would lose them for good.
"""

from datetime import timedelta

WINDOW = timedelta(hours=6)
# The worst day of so long before is what is usual.
BEFORE = timedelta(days=28)
LEAST = 10
SHARE = 0.01
TIMES = 4

# Who keeps the mail of many domains, by the end of the host that answered.
_KEEPERS = {
    "google.com": "google.com",
    "googlemail.com": "google.com",
    "outlook.com": "outlook.com",
    "yahoodns.net": "yahoo.com",
    "icloud.com": "icloud.com",
    "me.com": "icloud.com",
    "pphosted.com": "pphosted.com",
    "mimecast.com": "mimecast.com",
    "messagelabs.com": "messagelabs.com",
    "barracudanetworks.com": "barracudanetworks.com",
    "secureserver.net": "secureserver.net",
    "yandex.net": "yandex.net",
    "qq.com": "qq.com",
    "kundenserver.de": "kundenserver.de",
}
_DOMAINS = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), "google.com"),
    **dict.fromkeys(("outlook.com", "hotmail.com", "live.com", "msn.com"), "outlook.com"),
    **dict.fromkeys(("yahoo.com", "ymail.com", "aol.com", "rocketmail.com"), "yahoo.com"),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), "icloud.com"),
}


def site_of(domain: str, host: str = "") -> str:
    """The receiving site of an address: who keeps the mail of its domain where that is known, from
    ``host`` that answered for it, else the domain itself."""
    end = ".".join(host.lower().rstrip(".").split(".")[-2:])
    domain = domain.lower()
    return (_KEEPERS.get(end) or _DOMAINS.get(domain) or domain)[:255]


def is_jump(recent: int, *, usual: int, readers: int) -> bool:
    """Whether ``recent`` readers with a hard bounce within :data:`WINDOW` are a jump.

    At least :data:`LEAST`, at least :data:`TIMES` the worst day before (``usual``), and at least
    one in a hundred of the ``readers`` that we have at the site.
    """
    return recent >= max(LEAST, TIMES * usual, SHARE * readers)
