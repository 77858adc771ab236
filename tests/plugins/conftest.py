"""The pigeon package, built and installed without a network, and found by its entry point."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from digest.kit import valkey
from digest.outbound.channels import registry
from tests.deadlines import limit
from tests.workers.conftest import broker, environment

__all__ = ["broker", "environment"]

PACKAGE = Path(__file__).parent / "pigeon"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package was installed; built from a copy, so that the tree stays clean."""
    import shutil

    source = tmp_path_factory.mktemp("source") / "pigeon"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-build-isolation", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*pip, *offline, str(source)], check=True, timeout=limit(170))
    return target


@pytest.fixture
def loft(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that pigeons drop messages into, on an installation that offers them."""
    loft = tmp_path / "loft"
    loft.mkdir()
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.setenv("DIGEST_CHANNELS", "email,whatsapp,pigeon")
    monkeypatch.setenv("DIGEST_PIGEON_LOFT", str(loft))
    monkeypatch.setenv("DIGEST_PIGEON_SECRET", "coo")
    monkeypatch.setattr(settings, "DIGEST_CHANNELS", ["email", "whatsapp", "pigeon"])
    monkeypatch.setattr(settings, "DIGEST_ALLOWED_RECIPIENTS", ["*"])
    registry.forget()
    for key in valkey.client().scan_iter("digest:mails:*"):
        valkey.client().delete(key)
    yield loft
    registry.forget()
