"""What the doctor says of a network where the newsroom has places."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from digest.kit.doctor.finding import Finding, error, ok, warning

PATIENCE = 5.0


def set_up(label: str, settings: Any, remedy: str, *names: str) -> list[Finding]:
    """Whether every one of ``names`` is set."""
    empty = " and ".join(name for name in names if not getattr(settings, name))
    if not empty:
        return [ok(label, "Its settings are there.")]
    judge = error if settings.DIGEST_PRODUCTION else warning
    words = f"In use, but {empty} is not set: nothing can be posted."
    return [judge(label, words, remedy)]


def secure(label: str, setting: str, url: str, settings: Any) -> list[Finding]:
    """A token must not travel in the clear."""
    if not settings.DIGEST_PRODUCTION or not url or url.startswith("https://"):
        return []
    words = f"{setting} is not https: the token would travel in the clear."
    return [error(label, words, "Write it with https://.")]


def asked(
    url: str, headers: Mapping[str, str], *, method: str = "GET", told: Any = None
) -> tuple[int, dict[str, Any]]:
    """Status and body of one request; (0, {}) when nobody answered, which says nothing."""
    data = None if told is None else json.dumps(told).encode()
    with_type = {**headers, "Content-Type": "application/json"} if data else dict(headers)
    request = urllib.request.Request(url, data, with_type, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return answer.status, _object(answer.read(256 * 1024))
    except urllib.error.HTTPError as refused:
        return refused.code, _object(refused.read(64 * 1024))
    except (OSError, ValueError, http.client.HTTPException):
        return 0, {}


def judged(label: str, status: int, *, knows: bool, setting: str, who: str = "") -> list[Finding]:
    """Whether the network ``knows`` the token; nothing when it did not answer plainly."""
    if knows:
        return [ok(label, f"It knows the token{f', as {who}' if who else ''}.")]
    if status in {200, 401, 403}:
        words = f"It does not take the token ({status}): nothing can be posted."
        return [error(label, words, f"Make a new one and set {setting} (docs/operations.md).")]
    return []


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
