"""``digest up``: the whole service in one terminal, and what it needs where nothing is set up."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

import psutil
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from digest.kit import env, service_file
from digest.kit.supervise import Child, free_port, hold_port, same_port, supervise
from digest.management import stand_ins
from digest.management.stand_ins import PlacedStandIn


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
        """Start everything, say where it is once it answers, and wait."""
        home = settings.DIGEST_HOME
        host, port = bind()
        base_url = env.text("DIGEST_BASE_URL") or f"http://{host}:{port}"
        common = {"DIGEST_BASE_URL": base_url, "DIGEST_HOME": str(home)}
        children = []
        lines = [f"  Front page      {base_url}/", f"  Desk            {base_url}/desk/"]
        placed: tuple[PlacedStandIn, ...] = ()
        if not settings.DIGEST_PRODUCTION:
            placed = stand_ins.place_all(
                settings.DIGEST_CHANNELS, home, first_port=port + 1, base_url=base_url
            )
        after = port + 1
        if placed:
            mailbox, shown_at = local_mailbox(placed, common)
            children += mailbox
            after = shown_at + 1
            lines.append(f"  Local mailbox   http://127.0.0.1:{shown_at}/")
        if options["sample"]:
            # A second terminal that says nothing of channels means these.
            common["DIGEST_CHANNELS"] = ",".join(settings.DIGEST_CHANNELS)
            sample, sign_in = sample_newsroom(after, common)
            children += sample
            lines.append(f"  Desk sign-in    {sign_in}")
        children += [Child("workers", [sys.executable, "-m", "workers", "all"], common)]
        children += [Child("web", web_command(host, port), common)]
        logs = None if settings.DIGEST_PRODUCTION else log_folder()
        lines += [f"  Data            {home}"] + ([f"  Logs            {logs}"] if logs else [])
        self.stdout.write("Starting Digest; the first start compiles for up to a minute.")
        self.stdout.flush()
        service_file.write(home, common)
        try:
            supervise(
                children,
                on_tick=announcer(host, port, partial(self.tell, lines, options["sample"])),
                on_end=partial(service_file.write, home, common, is_ending=True),
                log_folder=logs,
            )
        finally:
            service_file.remove(home)

    def tell(self, lines: list[str], sample: bool) -> None:
        """Where everything is, and what to do next."""
        self.stdout.write("Digest is up.\n" + "\n".join(lines))
        if sample:
            self.stdout.write(
                "\nWithin some minutes the sample readers confirm and get a first edition and\n"
                "digests: read them in the local mailbox, channel by channel, and write there as\n"
                "a reader. On the desk, sign in as above: change a headline under Top reads, or\n"
                "raise an alert on a story."
            )
        else:
            self.stdout.write(
                "\nTry it with a newsroom: `digest up --sample`. Of your own: `digest feeds add URL"
                "`\nadds a feed, `digest createsuperuser` makes you a member."
            )
        self.stdout.write("Ctrl-C ends it.")
        self.stdout.flush()


def bind() -> tuple[str, int]:
    """The host and port to serve on: ``DIGEST_BIND``, or the first free port from 8000."""
    given = env.text("DIGEST_BIND")
    if given:
        host, colon, port = given.rpartition(":")
        if not colon or not port.isdecimal():
            raise CommandError(f"DIGEST_BIND is {given!r}; write host:port, like 127.0.0.1:8000.")
        hold_port(int(port))
        return host, int(port)
    return "127.0.0.1", free_port(8000)


def announcer(host: str, port: int, tell: Callable[[], None]) -> Callable[[], None]:
    """What to do at each tick of the supervisor: call ``tell`` once, when our web answers.

    Another program may have taken the port between our look and our start, and answers there too.
    """
    told = False
    at = "127.0.0.1" if host in {"0.0.0.0", "[::]", "::"} else host  # noqa: S104

    def tick() -> None:
        nonlocal told
        if not told and lives(f"{at}:{port}") and listens_below(psutil.Process(), port):
            told = True
            tell()

    return tick


def lives(place: str) -> bool:
    """Whether a web service answers at ``host:port``, and has come as far as to say that it lives.

    No proxy is asked: it is a place of this machine.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{place}/health/live", timeout=1) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, HTTPException, ValueError):
        return False


def listens_below(parent: psutil.Process, port: int) -> bool:
    """Whether a child of ``parent``, or a child of its, listens on ``port``."""
    for child in parent.children(recursive=True):
        try:
            held = child.net_connections(kind="tcp")
        except psutil.Error:
            continue
        if any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in held):
            return True
    return False


def log_folder() -> str:
    """Where the processes of this machine write what they have to say."""
    folder = settings.DIGEST_HOME / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def sample_newsroom(first_port: int, common: dict[str, str]) -> tuple[list[Child], str]:
    """Children that serve the sample feeds and play its readers' first day, and the sign-in.

    Adds to ``common`` what all processes must know. The first day needs every channel's stand-in.
    """
    feeds = same_port(settings.DIGEST_HOME / "sample" / "port", first_port)
    common["DIGEST_ALLOW_PRIVATE_FETCH"] = "1"
    sign_in = furnish(f"http://127.0.0.1:{feeds}", common)
    python = [sys.executable, "-m"]
    service = common.get("DIGEST_BASE_URL", settings.DIGEST_BASE_URL)
    sample = ["digest.demo.feeds", "--port", str(feeds), "--service", service]
    children = [Child("feeds", [*python, *sample])]
    if common.get("DIGEST_ALLOWED_RECIPIENTS") == "*":
        children.append(Child("readers", [*python, "digest.demo.first_day"], common, once=True))
    return children, sign_in


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


def local_mailbox(
    placed: Sequence[PlacedStandIn], common: dict[str, str]
) -> tuple[list[Child], int]:
    """Children that take messages in the channels' place and show them, and at which port.

    Adds to ``common`` what leads the channels there. Every recipient is allowed if nothing can
    leave this machine; else those whom the operator named.
    """
    common |= stand_ins.settings_of(placed)
    if not stand_ins.without(settings.DIGEST_CHANNELS, placed):
        common["DIGEST_ALLOWED_RECIPIENTS"] = "*"
    port = free_port(placed[-1].place.port + 1)
    channels = ",".join(each.shown.spec.name for each in placed)
    command = [sys.executable, "-m", "digest.demo.viewer", "--port", str(port)]
    command += ["--home", str(settings.DIGEST_HOME), "--channels", channels]
    viewer = Child("viewer", command)
    return [*stand_ins.children(placed), viewer], port
