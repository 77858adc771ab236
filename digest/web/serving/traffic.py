"""What a web process takes in at once, and how long anything may last (pure).

Every request has a lane. A lane's places are threads, and a thread holds one database connection
at most, so the places add up to what ``kit.connection_budget`` grants a web process.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from digest.intake.feeds.formats import hubs
from digest.kit import connection_budget

# An answer, or the word that there is none now, comes within a second: so long in line (seconds),
# the rest for the way there and back while every core is busy, which took half a second more on a
# machine with others at work.
PATIENCE = 0.4


@dataclass(frozen=True, slots=True)
class Lane:
    """Requests that share places, for which they stand in line ``patience`` seconds at the most;
    ``why`` they have places of their own.
    """

    name: str
    places: int
    why: str
    patience: float = PATIENCE


READERS = Lane("readers", 8, "Pages that are not kept in memory: preferences, forms, first views.")
DESK = Lane("desk", 6, "Editors work on while an article goes round the world.")
# A hash takes seconds on a busy machine: who has the right password would find no place among
# guessers, and standing in line takes no thread.
DOORS = Lane("doors", 2, "Passwords are slow to check; guessers wait for each other alone.", 5.0)
HOOKS = Lane("hooks", 3, "Providers and hubs come in bursts, and come again after a 503.")
PROBES = Lane("probes", 1, "Health and metrics answer while everything else is full.")
LANES = (READERS, DESK, DOORS, HOOKS, PROBES)
assert sum(lane.places for lane in LANES) == connection_budget.WEB_PLACES

# How long a thread that computes keeps the interpreter from the others (seconds). With Python's own
# 5 ms eight threads of pages made the loop, which has the next page's request and the word that
# there is no place, wait for up to 40.
SWITCH_SECONDS = 0.0005
# What a 503 asks for (seconds).
COME_AGAIN = 5

# A body that has not begun to arrive whole within this is slow (seconds); few may be at a time.
PROMPT = 1.0
SLOW_PER_CLIENT, SLOW_TOGETHER = 16, 256
# What bodies that have not all arrived may weigh (bytes): else few networks, each with as many slow
# ones as it may have, of the largest size, would take a gigabyte of a web process.
HELD_PER_CLIENT, HELD_TOGETHER = 32 * 1024 * 1024, 128 * 1024 * 1024
# A whole office is one client: whatever its neighbour holds, a form as people fill it in passes.
SMALL_BODY = 64 * 1024
# The whole of a body (seconds): this long for any, and longer by what it weighs, up to the most.
BODY_SECONDS, BODY_RATE, BODY_MOST_SECONDS = 8.0, 128 * 1024, 30.0
# A client that takes no more of an answer for so long is let go (seconds).
ANSWER_SECONDS = 30.0
HEADER_SECONDS = 8.0

# A crowd of readers waits for an alert, by a little, and no alert for a crowd; see `niceness` in
# workers/processes, where editions give way to both. 7 is a fifth of a sender's weight (sched(7)):
# at two fifths a crowd made an alert three times slower, at a tenth pages starved on a busy host.
NICENESS = 7

# That leaves a crowd all that the sender leaves, and the sender waits for its turn after each of
# its own waits: it took twice as long. So while an alert goes out from this machine, a web process
# gives so many pages a second from memory for each processor (some hundredths of it), and works on
# one other page at once for every two, whose place rests so many times as long as it was used, for
# this many seconds at most.
PAGES_IN_HASTE = 250
REST_IN_HASTE, LONGEST_REST = 7.0, 0.2

FORM_BYTES = 2 * 1024 * 1024
HOOK_BYTES = 1024 * 1024
# A list of readers, handed in on the desk: its file, and the fields beside it.
LIST_BYTES = 9 * 1024 * 1024

# Forms whose answer must not tell by its time whether somebody is known (seconds).
STEP = 0.25
_SECRETIVE = {
    "/subscribe",
    "/embed",
    "/link",
    "/desk/sign-in",
    "/desk/lost-password",
    "/admin/login/",
}

LIVE, HEALTH = "/health/live", "/health"
# Added to links by those who count clicks elsewhere; no page reads them.
_TRACKING = {"fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid", "yclid"}
_OWN = (
    "/confirm/", "/unsubscribe/", "/preferences/", "/keep/", "/move/", "/stay/", "/export/",
    "/erase/", "/go/",
)  # fmt: skip
_OF_PAGES = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_OF_API = _OF_PAGES | {"PUT", "PATCH", "DELETE"}
_CHOOSING = "/desk/choose-password/"
_PASSWORDS = {
    "/desk/sign-in",
    "/desk/password",
    "/desk/second/password",
    "/admin/login/",
    "/admin/password_change/",
}


def lane_of(method: str, path: str) -> Lane:
    """The lane of a request."""
    if method == "POST" and (
        path in _PASSWORDS or path.endswith("/password/") or path.startswith(_CHOOSING)
    ):
        return DOORS
    for lane, prefixes in (
        (DESK, ("/desk", "/admin")),
        (HOOKS, ("/hooks/",)),
        (PROBES, ("/health", "/metrics")),
    ):
        if path.startswith(prefixes):
            return lane
    return READERS


def methods_of(path: str) -> frozenset[str]:
    """The methods that anything there may take; they are written in capitals (RFC 9110, 9.1)."""
    return _OF_API if path.startswith("/api/") else _OF_PAGES


def longest_body(path: str) -> int:
    """The most bytes that a body may have there. nginx is told the same."""
    if path.startswith("/hooks/websub/"):
        return hubs.MAX_BODY
    if path == "/desk/imports/":
        return LIST_BYTES
    return HOOK_BYTES if path.startswith("/hooks/") else FORM_BYTES


def step_of(method: str, path: str) -> float:
    """What the time of an answer there is rounded up to (seconds); 0: it is given at once.

    A sign-up of an unknown address takes three times the queries of a known one: who measures the
    answers would learn who reads us.
    """
    return STEP if method == "POST" and path in _SECRETIVE else 0.0


def seconds_for(length: int) -> float:
    """How long a body of ``length`` bytes may take."""
    return min(BODY_SECONDS + length / BODY_RATE, BODY_MOST_SECONDS)


def may_be_kept(method: str, path: str) -> bool:
    """Whether a page may be the same for every reader; the view decides."""
    if method not in {"GET", "HEAD"}:
        return False
    return path == HEALTH or (lane_of(method, path) is READERS and not path.startswith(_OWN))


def canonical(query: bytes) -> bytes:
    """``query`` without what only counts clicks, so that shared links find the same page."""
    if not query:
        return query
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    kept = [pair for pair in given if not _is_tracking(pair[0])]
    if len(kept) == len(given):
        return query
    return urlencode(kept, encoding="latin-1").encode("latin-1")


def _is_tracking(name: str) -> bool:
    return name.startswith("utm_") or name in _TRACKING
