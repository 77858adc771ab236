"""``digest demo``: the whole service on this machine, from sample feeds to a mailbox.

Every part is a real process of its own: PostgreSQL, Valkey, Celery workers, beat, the web server,
and each channel's stand-in on loopback, such as an SMTP server that files mail in a folder.
The demo sets the newsroom up, and then only waits for rows to change.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digest.demo import newsroom
from digest.kit import embedded, env
from digest.kit.errors import ServiceError
from digest.kit.supervise import free_port


class StageFailed(ServiceError, RuntimeError):
    """A stage did not come to its end in time."""


def main(words: list[str]) -> int:
    """Run the demo; 0, or 1 with the stage that failed."""
    parser = argparse.ArgumentParser(prog="digest demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    given = parser.parse_args(words)
    began = time.monotonic()
    home = env.home() / "demo"
    for name in ("DATABASE_URL", "REDIS_URL", "DIGEST_SMTP_URL", "DIGEST_BASE_URL"):
        os.environ.pop(name, None)
    _clear(home / "logs")
    servers = embedded.start(home)
    try:
        _fresh_database(servers.parts)
        os.environ.update(servers.parts.environment())
        summary = _run(home, say=_quiet if given.json else _say)
    except StageFailed as failure:
        print(f"digest demo: {failure}\nThe logs are in {home / 'logs'}.", file=sys.stderr)
        return 1
    finally:
        servers.release()
    if given.json:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        _say(f"\nDone in {time.monotonic() - began:.0f} s. `digest up` keeps a service running.")
    return 0


def _run(home: Path, *, say: Callable[[str], None]) -> dict[str, Any]:
    web = free_port(8100)
    feeds = free_port(web + 1)
    base_url = f"http://127.0.0.1:{web}"
    os.environ.update(_settings(home, base_url))
    for name, value in sample_settings({}).items():
        os.environ.setdefault(name, value)
    say(f"Servers     PostgreSQL and Valkey answer; data in {home}")

    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from digest.demo import stages
    from digest.kit.supervise import Child, ChildProcesses
    from digest.management import stand_ins
    from digest.management.commands.up import web_command

    channels = settings.DIGEST_CHANNELS
    placed = stand_ins.place_all(channels, home, first_port=feeds + 1, base_url=base_url, env={})
    if real := stand_ins.without(channels, placed):
        raise StageFailed(
            f"Nothing stands in for {', '.join(real)}, and a demo must reach nobody: "
            "leave that out of DIGEST_CHANNELS."
        )
    for each in placed:
        _clear(each.shown.folder)
    os.environ.update(stand_ins.settings_of(placed))
    python, logs = [sys.executable, "-m"], home / "logs"
    sample = ["digest.demo.feeds", "--port", str(feeds), "--service", base_url]
    feed_server = Child("feeds", [*python, *sample])
    with ChildProcesses([feed_server, *stand_ins.children(placed)], log_folder=str(logs)):
        call_command("migrate", verbosity=0)
        service = [
            Child("workers", [*python, "workers", "all"]),
            Child("web", web_command("127.0.0.1", web)),
        ]
        with ChildProcesses(service, log_folder=str(logs)):
            shown = [each.shown for each in placed]
            journey = stages.Journey(base_url, f"http://127.0.0.1:{feeds}", shown, say=say)
            summary = journey.go()
    say(_where(home, shown))
    return {**asdict(summary), "mailbox": str(home / "mailbox")}


def _settings(home: Path, base_url: str) -> dict[str, str]:
    return {
        "DIGEST_HOME": str(home),
        "DIGEST_BASE_URL": base_url,
        # Every channel's messages go to a stand-in: nobody outside can be reached.
        "DIGEST_ALLOWED_RECIPIENTS": "*",
        "DIGEST_ALLOW_PRIVATE_FETCH": "1",
        "DIGEST_PRODUCTION": "0",
    }


def sample_settings(given: Mapping[str, str]) -> dict[str, str]:
    """What the sample newsroom has where the operator says nothing.

    A channel that ``given`` has a word about is the operator's own, and is not there unasked.
    """
    there = [each for each in newsroom.channels() if each.always or not _is_told(each.name, given)]
    named = {"DIGEST_CHANNELS": ",".join(each.name for each in there)}
    return named | {name: said for each in there for name, said in each.settings.items()}


def _is_told(channel: str, given: Mapping[str, str]) -> bool:
    return any(name.startswith(f"DIGEST_{channel.upper()}_") for name in given)


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _fresh_database(parts: embedded.Parts) -> None:
    import psycopg
    import redis
    from psycopg.conninfo import make_conninfo

    admin = make_conninfo(parts.database_url, dbname="postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS digest WITH (FORCE)")
        connection.execute("CREATE DATABASE digest")
    with redis.Redis.from_url(parts.redis_url) as client:
        client.flushall()


def _where(home: Path, shown: Sequence[Any]) -> str:
    lines = [f"{each.spec.label:<11} {each.folder / each.stand_in.lies_in[1]}" for each in shown]
    channels = ",".join(each.spec.name for each in shown)
    return (
        "\n" + "\n".join(lines) + f"\nLogs        {home / 'logs'}\n"
        f"As a page   {sys.executable} -m digest.demo.viewer --home {home} --channels {channels}\n"
        "The demo's web server has ended, so links in these messages lead nowhere;"
        " `digest up --sample` keeps one running."
    )


def _say(line: str) -> None:
    print(line, flush=True)


def _quiet(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
