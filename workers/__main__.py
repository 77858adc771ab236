"""Start the processes of the table: ``python -m workers NAME…``, ``all`` or ``list``."""

import argparse
import json
import os
import sys
from dataclasses import asdict

from digest.kit.supervise import Child, supervise
from workers import processes
from workers.queues import modules


def main(arguments: list[str] | None = None) -> int:
    """Become one process, or supervise all of them until a signal ends it."""
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    names = [each.name for each in processes.WORKERS]
    parser.add_argument("name", choices=[*names, processes.BEAT, "all", "list"])
    name = parser.parse_args(arguments).name
    if name == "list":
        print(json.dumps([asdict(each) for each in processes.WORKERS], indent=2))
        return 0
    if name == "all":
        return supervise(
            [
                Child(each, celery_command(each), {"DIGEST_PROCESS": each})
                for each in [*names, processes.BEAT]
            ]
        )
    os.environ["DIGEST_PROCESS"] = name
    return os.execv(sys.executable, celery_command(name))


def celery_command(name: str) -> list[str]:
    """Celery's own command line for a process of the table."""
    # Django's checks are for `digest doctor`: they load every page, six times over at a start.
    common = [sys.executable, "-m", "celery", "--app", "workers.app:app", "--quiet"]
    common.append("--skip-checks")
    level = ["--loglevel", os.environ.get("DIGEST_LOG_LEVEL", "INFO")]
    if name == processes.BEAT:
        return [*common, "beat", "--pidfile=", "--schedule", os.devnull, *level]
    row = processes.process(name)
    return [
        *common,
        "worker",
        "--hostname",
        f"{name}-{os.getpid()}@%h",
        "--queues",
        ",".join(queue.value for queue in row.queues),
        "--include",
        ",".join(modules(row.queues)),
        "--concurrency",
        str(row.concurrency),
        "--without-gossip",
        "--without-mingle",
        *level,
    ]


if __name__ == "__main__":
    raise SystemExit(main())
