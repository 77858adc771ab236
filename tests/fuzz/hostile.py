# ruff: noqa: E501
"""Values that nobody means well by, and some that anybody would send."""

import json
import random
import string
from typing import Any

TEXTS = (
    "", " ", "\0", "a\0b", "%00", "\ud800", "\udfff\ud800", "é" * 300, "\u202eabc", "\u0000\u0001\u001f",
    "0", "1", "-1", "01", "1e400", "NaN", "Infinity", "9" * 19, "9" * 40, "-9223372036854775809",
    "2147483648", "9223372036854775807", "٣", "²", "1_000", "0x1f", "true", "null", "None", "[]", "{}",
    "../../etc/passwd", "..%2f..%2f", "//evil.example", "https://evil.example/", "javascript:alert(1)",
    "<script>alert(1)</script>", "{{ 7*7 }}", "{% raise %}", "' OR 1=1 --", "'; DROP TABLE x; --",
    "\r\nSet-Cookie: a=b", "a\r\nBcc: x@example.org", "x" * 70_000, "a b" * 2000, "(" * 5000,
    '"' * 999, "a AND (b OR", "NEAR/99999999999999999999(a b)", "title:", "*", "a*" * 500, "\\" * 99,
    "0000-00-00", "9999-12-31", "2026-02-30", "2026-11-28T25:00", "24:00", "07:00", "23:59:60", "+99:99",
    "Europe/Paris", "Mars/Olympus", "../zoneinfo", "Asia/Singapore\0", "en", "xx-XX", "🏴" * 50,
    "ann@example.org", "a@b", "@", "a" * 320 + "@example.org", "ann@exämple.org", "+6591234567", "+0",
    "00000000-0000-4000-8000-00000000000a", "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "morning", "korea", "email", "whatsapp", "pigeon", "daily", "weekly-3", "save", "erase", "export",
    "subscribe", "unsubscribe", "denied", "List-Unsubscribe=One-Click", "hub", "application/json",
)  # fmt: skip


def text(dice: random.Random) -> str:
    """One hostile text, or a random one, or two together."""
    roll = dice.random()
    if roll < 0.75:
        return dice.choice(TEXTS)
    if roll < 0.9:
        return "".join(chr(dice.randrange(0x20, 0x3000)) for _ in range(dice.randrange(40)))
    return dice.choice(TEXTS)[:200] + dice.choice(TEXTS)[:200]


def value(dice: random.Random, depth: int = 0) -> Any:
    """A JSON value, now and then deep or strange."""
    roll = dice.random()
    if depth > 4 or roll < 0.45:
        return text(dice)
    if roll < 0.6:
        return dice.choice([None, True, 0, -1, 10**30, 1e308, float("nan"), [], {}])
    if roll < 0.75:
        return [value(dice, depth + 1) for _ in range(dice.randrange(4))]
    keys = ("entry", "changes", "value", "statuses", "messages", "id", "Type", "Message", "event",
            "event-data", "signature", "timestamp", "token", "recipient", "email", "MessageID",
            "RecordType", "kind", "contacts", "metadata", "errors", "status", "field")  # fmt: skip
    return {dice.choice(keys): value(dice, depth + 1) for _ in range(dice.randrange(5))}


def raw(dice: random.Random) -> bytes:
    """Bytes that claim to be something."""
    roll = dice.random()
    if roll < 0.5:
        try:
            return json.dumps(value(dice)).encode("utf-8", "surrogatepass")
        except ValueError:
            return b"{"
    if roll < 0.6:
        return b"[" * dice.choice([10, 5_000, 100_000])
    if roll < 0.7:
        return bytes(dice.randrange(256) for _ in range(dice.randrange(300)))
    letters = string.ascii_letters + "=&%;\r\n-\"'"
    return "".join(dice.choice(letters) for _ in range(dice.randrange(500))).encode()
