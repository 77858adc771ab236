"""Send hostile requests to every URL, and tell what broke."""

import json
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import psutil

from digest.kit.clock import now
from digest.models import Member
from digest.outbound.channels.whatsapp import webhook
from tests.fuzz import hostile
from tests.fuzz.targets import Target, parameters, targets
from tests.fuzz.visitor import Visitor

METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
TYPES = (
    "application/x-www-form-urlencoded", "application/json", "text/plain", "",
    "multipart/form-data; boundary=x", "multipart/form-data", "application/json; charset=nonsense",
    "application/x-www-form-urlencoded; charset=utf-7", "message/rfc822\x7f",
    "application/atom+xml",
)  # fmt: skip
HEADERS = ("Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since",
           "Range", "Referer", "X-Forwarded-For", "X-Forwarded-Proto", "HX-Request", "HX-Target",
           "HX-Current-URL", "Authorization", "X-Hub-Signature", "X-Hub-Signature-256", "Cookie",
           "X-Twilio-Email-Event-Webhook-Timestamp", "Origin", "Host")  # fmt: skip
SECRET = "fuzzed-app-secret"


@dataclass
class Outcome:
    """What came of it. ``broken`` holds what to repeat; ``grown`` are MiB since the first part."""

    sent: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    grown: float = 0.0


class Fuzzer:
    """Draws requests by a seed: the same seed, the same requests."""

    def __init__(self, seed: int, known: dict[str, list[str]]) -> None:
        self.dice = random.Random(seed)
        self.targets = targets()
        self.known = known
        self.stranger = Visitor()
        self.editor = Visitor()
        self.operator = Visitor()
        self.members = (
            Member.objects.create_user("ed@fuzz.example", None, role="chief"),
            Member.objects.create_superuser("op@fuzz.example", None),
        )
        self.editor.force_login(self.members[0])
        self.operator.force_login(self.members[1])

    def run(self, requests: int) -> Outcome:
        """Send them, and watch the memory from a fifth of them on."""
        found, process, base = Outcome(), psutil.Process(), 0.0
        for number in range(requests):
            # Each URL in turn, so that none is left out.
            self._one(self.targets[number % len(self.targets)], found)
            if number == requests // 5:
                base = process.memory_info().rss
        found.grown = (process.memory_info().rss - base) / 1024 / 1024
        return found

    def _one(self, target: Target, found: Outcome) -> None:
        dice = self.dice
        path, method = self._path(target), dice.choice(METHODS)
        url = path + ("?" + self._query() if dice.random() < 0.6 else "")
        client = self._client(path)
        kind, body = self._body(path, method)
        headers = {dice.choice(HEADERS): _printable(hostile.text(dice))
                   for _ in range(dice.randrange(3))}  # fmt: skip
        if path.startswith("/hooks/whatsapp") and dice.random() < 0.5:
            headers["X-Hub-Signature-256"] = _signed(body)
        answer = client.generic(method, url, body, content_type=kind, headers=headers)
        if answer.status_code == 302 and client is not self.stranger:
            self._sign_in_again(client, answer.headers["Location"])
        found.sent += 1
        found.statuses[answer.status_code] = found.statuses.get(answer.status_code, 0) + 1
        if answer.status_code >= 500 and not (answer.status_code == 503 and "/hooks" in path):
            what = f"{answer.status_code} {method} {url[:300]!r} {kind!r}"
            found.broken.append(f"{what} {body[:300]!r} {str(headers)[:300]}")

    def _sign_in_again(self, client: Visitor, sent_to: str) -> None:
        """Who pressed "sign out", or came with another cookie, goes on with the next request."""
        if "sign-in" in sent_to or "login" in sent_to:
            member = self.members[client is self.operator]
            # What was asked for may have been to end somebody's membership.
            member.save()
            client.force_login(member)

    def _client(self, path: str) -> Visitor:
        roll = self.dice.random()
        if path.startswith("/desk"):
            return self.editor if roll < 0.85 else self.stranger
        if path.startswith("/admin"):
            return self.operator if roll < 0.85 else self.stranger
        return self.stranger

    def _path(self, target: Target) -> str:
        whole = ""
        for name, kind in target.parts:
            whole += kind if name is None else self._argument(name, kind)
        # Text that no path can hold would be another request: that is for the gate's own tests.
        return "/" + whole.lstrip("/")

    def _argument(self, name: str, kind: str) -> str:
        dice = self.dice
        if kind.startswith("one of ") and "|" in kind and dice.random() < 0.9:
            return dice.choice(kind.removeprefix("one of ").strip("()").split("|"))
        known = self.known.get(name, []) + self.known.get(kind, [])
        if known and dice.random() < 0.6:
            return dice.choice(known)
        if kind == "int" or name.endswith("_id"):
            return dice.choice(["0", "1", "9" * 9, "9" * 18, "9" * 19, "9" * 40])
        if kind == "uuid":
            return "ffffffff-ffff-4fff-8fff-ffffffffffff"
        return quote(hostile.text(dice)[:300], safe="", errors="surrogatepass")

    def _query(self) -> str:
        return urlencode(self._pairs(), errors="surrogatepass")

    def _pairs(self) -> list[tuple[str, str]]:
        dice, names = self.dice, parameters()
        known = [each for values in self.known.values() for each in values]
        return [
            (
                dice.choice(names) if dice.random() < 0.95 else hostile.text(dice)[:50],
                dice.choice(known) if dice.random() < 0.3 else hostile.text(dice),
            )
            for _ in range(dice.randrange(8))
        ]

    def _body(self, path: str, method: str) -> tuple[str, bytes]:
        dice = self.dice
        if method in {"GET", "HEAD", "OPTIONS"}:
            return "application/octet-stream", b""
        if dice.random() < (0.15 if path.startswith("/hooks") else 0.75):
            return TYPES[0], urlencode(self._pairs(), errors="surrogatepass").encode()
        if dice.random() < 0.2:
            part = 'x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n--'
            fields = "--" + "".join(part.format(*pair) for pair in self._pairs()) + "x--\r\n"
            return "multipart/form-data; boundary=x", fields.encode("utf-8", "surrogatepass")
        return dice.choice(TYPES), hostile.raw(dice)


def _printable(text: str) -> str:
    """As a header may hold it; what breaks its line never comes through a server."""
    return (
        "".join(c for c in text[:500] if c.isprintable())
        .encode("utf-8", "replace")
        .decode("latin-1")
    )


def _signed(body: bytes) -> str:
    import hashlib
    import hmac

    made = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert webhook.is_signed(body, made, SECRET)
    return made


def furnish() -> dict[str, list[str]]:
    """A newsroom with one of each; what its URLs take, by the names and kinds of their parts."""
    from django.conf import settings

    from digest.audience.core import tokens
    from digest.intake.feeds.websub import subscribe
    from digest.models import Feed
    from digest.outbound.messages import links
    from tests.scenes import scene
    from tests.web import newsroom

    newsroom.offer()
    edition = newsroom.publish()
    story = newsroom.story("https://outlet.example/1", "https://outlet.example/2")
    reader = newsroom.reader()
    draft = newsroom.publish(local_date=newsroom.SLOT.date(), slot_at=now(), state="draft")
    send = scene.running_edition(3, now=now(), slug="fuzzed")
    feed = Feed.objects.create(url="https://outlet.example/feed", next_check_at=now())
    key = settings.SECRET_KEY
    known = {
        "public_id": [str(edition.public_id), str(draft.public_id), str(story.public_id)],
        "token": [tokens.preferences_token(key, reader), newsroom.confirm_token(reader)],
        "slug": ["korea", "trade", "morning"],
        "code": [links.short_code(story.public_id)],
        "feed_id": [str(feed.pk)],
        "send_id": [str(send.pk)],
        "member_id": ["1", "2"],
        "provider": ["ses", "mailgun", "postmark", "sendgrid"],
        "channel": ["whatsapp", "email"],
    }
    known["token"].append(subscribe.callback(feed.pk).rpartition("/")[2])
    return known


def summary(found: Outcome) -> str:
    """One line of JSON."""
    return json.dumps(
        {
            "requests": found.sent,
            "statuses": {str(status): n for status, n in sorted(found.statuses.items())},
            "broken": len(found.broken),
            "grown_mb": round(found.grown, 1),
        }
    )


__all__: list[Any] = ["Fuzzer", "Outcome", "furnish", "summary"]
