"""Pytest plugin: a real PostgreSQL and a real Valkey for every run, embedded unless URLs are given.

Loaded by ``-p tests.servers``: pytest-django reads the settings before any conftest does.
"""

import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from hypothesis import HealthCheck, settings

from digest.kit import embedded, env

# The two halves of `make test` run at once, and none meets the other's connections and keys.
_HOME = env.home() / os.environ.get("TESTS_FOLDER", "tests")
_servers = None

if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    _servers = embedded.start(_HOME, durable=False)
    os.environ.update(_servers.parts.environment())

# Test processes that run side by side share the servers: a database each, there and in Valkey.
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    own = f"/{int(worker.removeprefix('gw')) % 15 + 1}"
    os.environ["REDIS_URL"] = urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=own))

_HOME.mkdir(parents=True, exist_ok=True)
os.environ["DIGEST_HOME"] = tempfile.mkdtemp(prefix="digest-test-", dir=_HOME)
(Path(os.environ["DIGEST_HOME"]) / "static").mkdir()
os.environ.setdefault("DIGEST_SECRET_KEY", "tests")
os.environ["DIGEST_WAKER"] = ""
os.environ["DIGEST_ALLOWED_RECIPIENTS"] = "*"

# The same examples in every run, so that a change is judged by what it changed; new ones are
# looked for with HYPOTHESIS_PROFILE=explore. `make check` tries a few of them. How long an example
# takes says how busy the machine is, not whether the code is right.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
steady = settings.get_profile("steady")
settings.register_profile("quick", steady, max_examples=15)
settings.register_profile("explore", steady, derandomize=False, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What a process keeps of the database is forgotten: each test has a newsroom of its own."""
    for name in (
        "digest.newsdesk.editions.day",
        "digest.web.desk.stamps",
        "digest.web.desk.kept",
        "digest.web.public.offers",
    ):
        if module := sys.modules.get(name):
            module.forget()


def pytest_configure() -> None:
    """A password's hash is slow for whoever stole it; here it would be slow for every sign-in."""
    from digest.staff.hashing import GivingWayHasher

    GivingWayHasher.iterations = 1_000


def pytest_unconfigure() -> None:
    import shutil

    shutil.rmtree(Path(os.environ["DIGEST_HOME"]), ignore_errors=True)
    if _servers is not None:
        _servers.release()
