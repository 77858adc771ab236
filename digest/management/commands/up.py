"""``digest up``: the whole service in one terminal, and what it needs where nothing is set up."""

import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from digest.kit import env
from digest.kit.supervise import Child, free_port, supervise


class Command(BaseCommand):
    """The whole service in the foreground: web, workers, beat, and a local mailbox to look at."""

    help = (
        "Run the service until Ctrl-C: web on DIGEST_BIND (127.0.0.1:8000, or the next free port),"
        " workers, beat; and, outside production, a local mailbox and its viewer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One switch: the sample newsroom."""
        parser.add_argument(
            "--sample",
            action="store_true",
            help="with the sample newsroom: its feeds on loopback, topics, newsletters, an editor",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Start everything, print where it is, and wait."""
        host, port = bind()
        base_url = env.text("DIGEST_BASE_URL") or f"http://{host}:{port}"
        common = {"DIGEST_BASE_URL": base_url, "DIGEST_HOME": str(settings.DIGEST_HOME)}
        children = []
        lines = [f"  Front page      {base_url}/", f"  Desk            {base_url}/desk/"]
        if not settings.DIGEST_PRODUCTION and not env.text("DIGEST_SMTP_URL"):
            mailbox, common_mail = local_mailbox(port + 1, base_url)
            common |= common_mail
            children += mailbox
            lines.append(f"  Local mailbox   http://127.0.0.1:{viewer_port(mailbox)}/")
        if options["sample"]:
            feeds = free_port(port + 10)
            common["DIGEST_ALLOW_PRIVATE_FETCH"] = "1"
            children.append(
                Child("feeds", [sys.executable, "-m", "digest.demo.feeds", "--port", str(feeds)])
            )
            lines.append(f"  Desk sign-in    {furnish(f'http://127.0.0.1:{feeds}', common)}")
        children += [Child("workers", [sys.executable, "-m", "workers", "all"], common)]
        children += [Child("web", web_command(host, port), common)]
        self.stdout.write(f"Digest is up. Data in {settings.DIGEST_HOME}")
        self.stdout.write("\n".join(lines))
        self.stdout.write(
            "  `digest createsuperuser` makes a member, `--sample` a newsroom to try. Ctrl-C ends."
        )
        self.stdout.flush()
        supervise(children)


def bind() -> tuple[str, int]:
    """The host and port to serve on: ``DIGEST_BIND``, or the first free port from 8000."""
    given = env.text("DIGEST_BIND")
    if given:
        host, colon, port = given.rpartition(":")
        if not colon or not port.isdecimal():
            raise CommandError(f"DIGEST_BIND is {given!r}; write host:port, like 127.0.0.1:8000.")
        return host, int(port)
    return "127.0.0.1", free_port(8000)


def furnish(feeds_url: str, environment: dict[str, str]) -> str:
    """Put the sample newsroom into the database; the editor's name and password."""
    made = subprocess.run(
        [sys.executable, "-m", "digest.demo.setting", feeds_url],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise CommandError(f"The sample newsroom could not be set up: {made.stderr[-500:]}")
    return made.stdout.strip()


def web_command(host: str, port: int) -> list[str]:
    """The ASGI server's command line."""
    return [
        sys.executable, "-m", "digest.web.serving", "--host", host, "--port", str(port),
        "--workers", "1",
    ]  # fmt: skip


def local_mailbox(first_port: int, base_url: str) -> tuple[list[Child], dict[str, str]]:
    """Children that take mail and WhatsApp messages into folders and show them, and settings.

    Only addresses of this machine are contacted, so every recipient is allowed.
    """
    folder = settings.DIGEST_HOME / "mailbox"
    whatsapp = settings.DIGEST_HOME / "whatsapp"
    for each in (folder, whatsapp):
        each.mkdir(parents=True, exist_ok=True)
    smtp = free_port(first_port)
    cloud = free_port(smtp + 1)
    viewer = free_port(cloud + 1)
    python = [sys.executable, "-m"]
    children = [
        Child("mailbox", [*python, "digest.demo.mailbox", "--port", str(smtp),
                          "--folder", str(folder)]),
        Child("whatsapp", [*python, "digest.demo.whatsapp", "--port", str(cloud),
                           "--folder", str(whatsapp), "--secret", "demo-secret",
                           "--statuses-to", f"{base_url}/hooks/whatsapp"]),
        Child("viewer", [*python, "digest.demo.viewer", "--port", str(viewer),
                         "--folder", str(folder), "--whatsapp", str(whatsapp)]),
    ]  # fmt: skip
    return children, {
        "DIGEST_SMTP_URL": f"smtp://127.0.0.1:{smtp}",
        "DIGEST_WHATSAPP_URL": f"http://127.0.0.1:{cloud}/v23.0",
        "DIGEST_WHATSAPP_PHONE_ID": "100200300",
        "DIGEST_WHATSAPP_TOKEN": "demo-token",
        "DIGEST_WHATSAPP_APP_SECRET": "demo-secret",
        "DIGEST_ALLOWED_RECIPIENTS": "*",
    }


def viewer_port(children: list[Child]) -> str:
    """The port in the viewer's command line."""
    command = list(next(child for child in children if child.name == "viewer").command)
    return str(command[command.index("--port") + 1])
