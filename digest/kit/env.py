"""Typed readers of environment variables, and where the service keeps its data."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from digest.kit.errors import SetupError

CHECKOUT = Path(__file__).resolve().parents[2]


class Misconfigured(SetupError, ValueError):
    """A setting that cannot be read; the text names the variable and what it should hold."""


# What could not be read, in a process that was told to go on all the same.
mistakes: list[str] = []
_goes_on = False


def go_on_regardless() -> None:
    """From now on, note a setting that cannot be read and take its default.

    For what must start whatever is wrong: looking at the settings, and stopping a send.
    """
    global _goes_on
    _goes_on = True


def _mistaken(words: str) -> None:
    if not _goes_on:
        raise Misconfigured(words)
    mistakes.append(words)


def text(name: str, default: str = "", env: Mapping[str, str] = os.environ) -> str:
    """The variable's value; a secret may be given as a file instead, by ``NAME_FILE``."""
    path = env.get(f"{name}_FILE")
    if name not in env and path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Misconfigured(f"{name}_FILE names a file that cannot be read: {error}") from error
    return env.get(name, default).strip()


def flag(name: str, default: bool = False, env: Mapping[str, str] = os.environ) -> bool:
    """1, true, yes, on, or 0, false, no, off."""
    value = text(name, "", env).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    _mistaken(f"{name} is {value!r}; write 1 or 0.")
    return default


def number(name: str, default: int, env: Mapping[str, str] = os.environ) -> int:
    """A whole number, not below zero."""
    value = text(name, str(default), env)
    if not value.isdecimal():
        _mistaken(f"{name} is {value!r}; write a whole number.")
        return default
    return int(value)


def share(name: str, default: float, env: Mapping[str, str] = os.environ) -> float:
    """A part of a whole, above 0 and up to 1."""
    value = text(name, str(default), env)
    try:
        part = float(value)
    except ValueError:
        part = 0.0
    if not 0 < part <= 1:
        _mistaken(f"{name} is {value!r}; write a share like 0.05, at most 1.")
        return default
    return part


def seconds(name: str, default: float, env: Mapping[str, str] = os.environ) -> timedelta:
    """A duration given in seconds."""
    value = text(name, str(default), env)
    try:
        return timedelta(seconds=float(value))
    except ValueError:
        _mistaken(f"{name} is {value!r}; write a number of seconds.")
        return timedelta(seconds=default)


def words(name: str, default: str = "", env: Mapping[str, str] = os.environ) -> list[str]:
    """A list written with commas."""
    return [word.strip() for word in text(name, default, env).split(",") if word.strip()]


def in_checkout() -> bool:
    """Whether the code runs from a checkout rather than from an installed wheel."""
    return (CHECKOUT / "pyproject.toml").is_file()


def home(env: Mapping[str, str] = os.environ) -> Path:
    """The data folder: ``DIGEST_HOME``, or a folder that two copies never share.

    As root it lies under ``/var/lib/digest``: the embedded PostgreSQL then runs as a user of its
    own, which must be able to reach the folder, and a private home would have to be opened.
    """
    given = text("DIGEST_HOME", "", env)
    if given:
        return Path(given).expanduser().resolve()
    if os.geteuid() == 0:
        base = Path("/var/lib/digest")
        if not in_checkout():
            return base / "service"
        mark = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
        return base / f"{CHECKOUT.name}-{mark}"
    if in_checkout():
        return CHECKOUT / "var"
    return Path(env.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "digest"


def kept_secret(
    name: str, folder: Path, env: Mapping[str, str] = os.environ, *, write: bool = True
) -> str:
    """The secret ``name``; when it is not set, one made once and kept in ``folder``.

    Signed links in sent mail must outlive a restart, so the fallback is a file, never a fresh
    random value; but without ``write`` none is made: several machines would each have their own.
    """
    given = text(name, "", env)
    if given:
        return given
    path = folder / f"{name.lower()}.txt"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        if not write:
            return secrets.token_urlsafe(48)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    value = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(value)
    return value


def database(
    url: str, pool: Mapping[str, Any] | None = None, limits: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Django's settings for a ``postgresql://`` URL; a socket folder goes in ``?host=``.

    ``pool`` are the options of psycopg's pool; a process of one thread needs none. ``limits`` are
    settings of PostgreSQL for each connection; ``?options=`` in the URL stands in their place.

    Without a URL the settings name a database that cannot be opened, with a reason: the embedded
    server is started by the commands, never by importing settings.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "digest",
            "HOST": "/nonexistent/set-DATABASE_URL-or-start-by-the-digest-command",
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise Misconfigured(f"DATABASE_URL begins with {parts.scheme!r}; use postgresql://…")
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    if limits:
        query.setdefault("options", " ".join(f"-c {name}={to}" for name, to in limits.items()))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "digest",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        # A server that is switched off must not hold a command for minutes.
        "OPTIONS": {"connect_timeout": "10", **query} | ({"pool": dict(pool)} if pool else {}),
        # A pool keeps connections by itself; Django gives each back after its request or task.
        "CONN_MAX_AGE": 0 if pool else 60,
    }


@dataclass(frozen=True, slots=True)
class DeclaredSetting:
    """A variable that a part declares for itself: its reader, its default, what it is for.

    ``read`` is one of this module's readers of a value, such as :func:`text` or :func:`number`.
    """

    name: str
    read: Callable[..., Any]
    default: Any = ""
    meaning: str = ""

    def value(self, env: Mapping[str, str] = os.environ) -> Any:
        """What the environment says, or the default. Raises :class:`Misconfigured`."""
        return self.read(self.name, self.default, env)


class Config:
    """Settings as attributes: the installation's own first, then those that a part declared."""

    def __init__(
        self,
        base: Any,
        declared: Iterable[DeclaredSetting] = (),
        env: Mapping[str, str] = os.environ,
    ) -> None:
        self._base = base
        self._declared = {each.name: each for each in declared}
        self._env = env

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self._base, name)
        except AttributeError:
            setting = self._declared.get(name)
            if setting is None:
                raise
        return setting.value(self._env)
