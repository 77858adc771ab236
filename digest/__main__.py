"""The ``digest`` command: makes the parts answer, then runs the command that was asked for."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType

from digest.kit import embedded, env, service_file

# Commands that touch no database: nothing is started for them.
_ALONE = {"help", "--help", "-h", "version", "--version", "evaluate", "makemigrations"}
# Commands that report on the parts as they are, or bring the tables up to date themselves.
# What must start whatever is wrong: looking at it, and stopping a send.
_REGARDLESS = {"doctor", "migrate", "diffsettings", ("sends", "pause"), ("sends", "cancel")}
_NO_MIGRATE = {"doctor", "migrate"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code. Errors name the remedy on standard error."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        return _run(words)
    except Exception as error:
        from digest.management.unreachable import words_for

        said = words_for(error)
        if said is None or "--traceback" in words:
            raise
        print(f"digest: {said}", file=sys.stderr)
        return 2


def _run(words: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")
    verb = words[0] if words else "help"
    try:
        if verb == "demo":
            from digest.demo.run import main as demo

            return demo(words[1:])
        regardless = verb in _REGARDLESS or tuple(words[:2]) in _REGARDLESS
        if regardless:
            env.go_on_regardless()
            # Django's own checks would stop these two at what the doctor calls wrong.
            if verb in {"migrate", "sends"}:
                words = [verb, "--skip-checks", *words[1:]]
        if verb != "up":
            know_the_running_service()
        elif "--sample" in words and not env.flag("DIGEST_PRODUCTION"):
            from digest.demo.run import sample_settings

            os.environ.update(sample_settings(os.environ) | os.environ)
        if verb in _ALONE or {"--help", "-h"} & set(words):
            return _django(words)
        with alone() if verb == "up" else nullcontext(), parts():
            if not regardless:
                _refuse_wrong_settings()
            if verb not in _NO_MIGRATE:
                bring_tables_up_to_date()
            return _django(words)
    except (embedded.CannotStart, env.Misconfigured, service_file.RunsAlready) as error:
        print(f"digest: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, Ended):
        return 130


class Ended(BaseException):
    """SIGTERM arrived: unwinds like Ctrl-C, so that what was started is stopped."""


def know_the_running_service() -> None:
    """Speak of a running ``digest up`` with the settings that it was given: all of them, or none.

    They belong together: every recipient is allowed because mail goes into a local folder. A shell
    that says otherwise in one of them, its relay for example, gets nothing of the others.
    """
    running = service_file.read(env.home())
    # Its home is this shell's, however either writes it: that is where the file was found.
    noted = running.environment.items() if running else ()
    given = {name: value for name, value in noted if name != "DIGEST_HOME"}
    if all(os.environ.get(name, value) == value for name, value in given.items()):
        os.environ.update(given)


def alone() -> AbstractContextManager[None]:
    """Be the one service of this data folder; raises RunsAlready."""
    return service_file.only_one(env.home(), say=lambda words: print(words, flush=True))


@contextmanager
def parts() -> Iterator[None]:
    """PostgreSQL and Valkey for the length of a command: given by URL, running, or embedded."""
    given = {name for name in ("DATABASE_URL", "REDIS_URL") if env.text(name)}
    if len(given) == 2:
        yield
        return
    if given:
        missing = "REDIS_URL" if "DATABASE_URL" in given else "DATABASE_URL"
        raise env.Misconfigured(
            f"{missing} is not set, though the other of DATABASE_URL and REDIS_URL is. "
            "Set both to use servers of your own, or neither to use the embedded ones."
        )

    def end(signum: int, frame: FrameType | None) -> None:
        raise Ended

    signal.signal(signal.SIGTERM, end)
    servers = embedded.start(env.home())
    os.environ.update(servers.parts.environment())
    try:
        yield
    finally:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_IGN)
        servers.release()


def bring_tables_up_to_date() -> None:
    """Apply migrations that the database lacks; one look when there are none.

    Raises Misconfigured, with the remedy, when the database was made by another history.
    """
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from digest.management import history

    try:
        history.refuse_foreign()
    except history.ForeignHistory as error:
        raise env.Misconfigured(str(error)) from None
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)
    connection.close()


def _refuse_wrong_settings() -> None:
    """In production. The relay may be down and DNS away; a setting is wrong or it is not."""
    import django

    django.setup()
    from django.conf import settings

    from digest.management.examination.starting import refuse_wrong_settings

    refuse_wrong_settings(settings)


def _django(words: list[str]) -> int:
    from django.core.management import ManagementUtility

    from digest.kit import observe

    observe.start("command")
    try:
        ManagementUtility(["digest", *words]).execute()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
