"""Exports of five products, written after the columns that they document."""

from pathlib import Path

_FILES = Path(__file__).parent / "exports_of_others"
MAILCHIMP, MAILCHIMP_LEFT, MAILCHIMP_CLEANED, SUBSTACK, GHOST, LISTMONK, BEEHIIV = (
    (_FILES / f"{name}.csv").read_text(encoding="utf-8")
    for name in (
        "mailchimp", "mailchimp_left", "mailchimp_cleaned", "substack", "ghost", "listmonk",
        "beehiiv",
    )
)  # fmt: skip

# Our own columns; what is wrong with each, in a word or two of the answer.
COLUMNS = (
    "address", "newsletters", "topics", "alerts", "frequency", "days", "local_time", "time_zone",
    "locale", "paused_until", "status", "consented_at", "ended_at", "channel",
)  # fmt: skip
GOOD = {"address": "reader{}@example.org", "topics": "korea"}
BROKEN: tuple[tuple[dict[str, str], str], ...] = (
    ({"address": ""}, "whole address"),
    ({"address": "nonsense"}, "whole address"),
    ({"address": "@example.org"}, "whole address"),
    ({"address": "ann@"}, "whole address"),
    ({"address": "a b@example.org"}, "before the @"),
    ({"address": "ann..lee@example.org"}, "before the @"),
    ({"address": ".ann@example.org"}, "before the @"),
    ({"address": "a" * 65 + "@example.org"}, "before the @"),
    ({"address": '"ann lee"@example.org'}, "before the @"),
    ({"address": "ann@localhost"}, "after the @"),
    ({"address": "ann@exa_mple.org"}, "after the @"),
    ({"address": "ann@-example.org"}, "after the @"),
    ({"address": "ann@192.168.1.7"}, "not a number"),
    ({"address": "ann@example..org"}, "after the @"),
    ({"address": "ann@straße.example"}, "xn-- form"),
    ({"address": "ann@example.org, bob@example.org"}, "before the @"),
    ({"address": "ann\x00@example.org"}, "NUL"),
    ({"address": "+6591234567", "channel": "email"}, "whole address"),
    ({"address": "ann@example.org", "channel": "whatsapp"}, ""),
    ({"channel": "pigeon"}, "no sign-up for the channel"),
    ({"newsletters": "nosuch"}, "no newsletter 'nosuch'"),
    ({"topics": "nosuch"}, "no topic 'nosuch'"),
    ({"topics": ""}, "follows nothing"),
    ({"alerts": "maybe"}, "yes or no"),
    ({"frequency": "hourly"}, "daily, weekdays or weekly"),
    ({"days": "89"}, "ISO weekdays"),
    ({"days": "Mon"}, "ISO weekdays"),
    ({"local_time": "25:00"}, "like 07:00"),
    ({"local_time": "seven"}, "like 07:00"),
    ({"time_zone": "Mars/Base"}, "Asia/Singapore"),
    ({"locale": "English, please"}, "like en"),
    ({"locale": "e" * 30}, "like en"),
    ({"paused_until": "soon"}, "paused_until"),
    ({"paused_until": "2026-02-30"}, "paused_until"),
    ({"status": "maybe"}, "status is"),
    ({"status": "pending"}, "never confirmed"),
    ({"consented_at": "yesterday"}, "consented_at"),
    ({"consented_at": "2031-01-01"}, "yet to come"),
    ({"consented_at": "1890-01-01"}, "before there were lists"),
    ({"ended_at": "13/25/2020", "status": "unsubscribed"}, "ended_at"),
    ({"more": "one cell too many"}, "more cells"),
    ({"address": "gone@example.org"}, "suppressed"),
)
