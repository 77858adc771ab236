"""``digest demo``: the whole service on this machine, from sample feeds to a mailbox.

Every part is a real process of its own: PostgreSQL, Valkey, Celery workers, beat, the web server,
an SMTP server that files mail in a folder, and a loopback stand-in for WhatsApp's Cloud API.
The demo sets the newsroom up, and then only waits for rows to change.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

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
    _clear(home)
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
    mailbox, whatsapp, logs = home / "mailbox", home / "whatsapp", home / "logs"
    ports = _ports()
    base_url = f"http://127.0.0.1:{ports['web']}"
    feeds_url = f"http://127.0.0.1:{ports['feeds']}"
    os.environ.update(_settings(home, ports, base_url))
    say(f"Servers     PostgreSQL and Valkey answer; data in {home}")

    import django

    django.setup()
    from django.core.management import call_command

    from digest.demo import stages
    from digest.kit.supervise import Child, ChildProcesses
    from digest.management.commands.up import web_command

    python = [sys.executable, "-m"]
    demo = {
        name: Child(name, [*python, f"digest.demo.{name}", "--port", str(ports[name]), *more])
        for name, more in {
            "feeds": [],
            "mailbox": ["--folder", str(mailbox)],
            "whatsapp": [
                "--folder",
                str(whatsapp),
                "--statuses-to",
                f"{base_url}/hooks/whatsapp",
                "--secret",
                os.environ["DIGEST_WHATSAPP_APP_SECRET"],
            ],
        }.items()
    }
    with ChildProcesses(list(demo.values()), log_folder=str(logs)):
        call_command("migrate", verbosity=0)
        service = [
            Child("workers", [*python, "workers", "all"]),
            Child("web", web_command("127.0.0.1", ports["web"])),
        ]
        with ChildProcesses(service, log_folder=str(logs)):
            journey = stages.Journey(base_url, feeds_url, mailbox, whatsapp, say=say)
            summary = journey.go()
    say(_where(home, mailbox, whatsapp))
    return {**asdict(summary), "mailbox": str(mailbox)}


def _ports() -> dict[str, int]:
    ports: dict[str, int] = {}
    after = 8100
    for name in ("web", "feeds", "mailbox", "whatsapp"):
        ports[name] = free_port(after)
        after = ports[name] + 1
    return ports


def _settings(home: Path, ports: dict[str, int], base_url: str) -> dict[str, str]:
    return {
        "DIGEST_HOME": str(home),
        "DIGEST_BASE_URL": base_url,
        "DIGEST_SMTP_URL": f"smtp://127.0.0.1:{ports['mailbox']}",
        "DIGEST_WHATSAPP_URL": f"http://127.0.0.1:{ports['whatsapp']}/v23.0",
        "DIGEST_WHATSAPP_PHONE_ID": "100200300",
        "DIGEST_WHATSAPP_TOKEN": "demo-token",
        "DIGEST_WHATSAPP_APP_SECRET": "demo-secret",
        # Mail goes to a folder and messages to a stand-in: nobody outside can be reached.
        "DIGEST_ALLOWED_RECIPIENTS": "*",
        "DIGEST_ALLOW_PRIVATE_FETCH": "1",
        "DIGEST_PRODUCTION": "0",
    }


def _clear(home: Path) -> None:
    for name in ("mailbox", "whatsapp", "logs"):
        shutil.rmtree(home / name, ignore_errors=True)
        (home / name).mkdir(parents=True)


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


def _where(home: Path, mailbox: Path, whatsapp: Path) -> str:
    return (
        f"\nMails       {mailbox / 'new'}\n"
        f"WhatsApp    {whatsapp / 'messages.jsonl'}\n"
        f"Logs        {home / 'logs'}\n"
        f"As a page   {sys.executable} -m digest.demo.viewer --folder {mailbox}"
        f" --whatsapp {whatsapp}\n"
        "The demo's web server has ended, so links in these messages lead nowhere;"
        " `digest up --sample` keeps one running."
    )


def _say(line: str) -> None:
    print(line, flush=True)


def _quiet(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
