"""No process can take the connections that another needs: one table, and everything keeps to it."""

import re
import subprocess
import sys
from pathlib import Path

from digest.kit import connection_budget, env
from digest.kit.doctor.finding import OK, WARNING
from digest.management.examination.database import connections
from workers import processes

ROOT = Path(__file__).resolve().parents[2]
# What PostgreSQL has when nobody sets it, less what it keeps for superusers.
AS_SHIPPED = 100 - 3


def test_the_table_has_every_process_of_the_table_of_workers() -> None:
    rows = {share.process: share.processes for share in connection_budget.SHARES}
    workers = {each.name: each.concurrency for each in processes.WORKERS}
    assert rows == workers | {"web": 2, "beat": 1, "commands": rows["commands"]}


def test_one_machine_fits_into_a_server_as_it_is_shipped() -> None:
    assert connection_budget.needed() <= AS_SHIPPED
    assert connections(AS_SHIPPED).state == OK
    assert connections(connection_budget.needed() - 1).state == WARNING


def test_every_process_that_runs_on_has_a_bounded_pool() -> None:
    asked = (
        "from django.conf import settings; d = settings.DATABASES['default']; print(d['OPTIONS']"
    )
    asked += ".get('pool', {}).get('max_size'), d['CONN_MAX_AGE'], d['OPTIONS'].get('options'))"
    for share in connection_budget.SHARES:
        if share.process not in {"web", "alerts", "commands"}:
            continue
        said = subprocess.run(
            [sys.executable, "-c", asked],
            cwd=ROOT,
            env={"DATABASE_URL": "postgresql://x/x", "DIGEST_PROCESS": share.process,
                 "DJANGO_SETTINGS_MODULE": "digest.settings", "DIGEST_SECRET_KEY": "s" * 40,
                 "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True,
        ).stdout.split(maxsplit=2)  # fmt: skip
        expected = ["None", "60"] if share.process == "commands" else [str(share.pooled), "0"]
        assert said[:2] == expected, share.process
        assert ("-c statement_timeout=20s" in said[2]) == (share.process == "web")


def test_a_url_without_a_pool_is_as_before() -> None:
    assert "pool" not in env.database("postgresql://a/b")["OPTIONS"]


def test_operations_shows_the_same_table() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", text, re.MULTILINE)
    assert [(name, *map(int, numbers)) for name, *numbers in rows] == [
        (each.process, each.processes, each.pooled, each.direct, each.together)
        for each in connection_budget.SHARES
    ]
    assert f"together {connection_budget.needed()}" in text
