"""What is installed from a wheel is the whole service."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = "from setuptools import build_meta as b; b.build_wheel('made')"
LOOK = """
import django, digest, workers.wake, workers.app
django.setup()
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from digest.outbound.messages.environment import TEMPLATES
assert get_template("public/front.html") and (TEMPLATES / "email/alert/body.mjml").is_file()
assert finders.find("digest/base.css")
print(digest.__file__, workers.__file__)
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, for setuptools puts into a wheel what an earlier build left behind."""
    place = tmp_path_factory.mktemp("wheel")
    for name in ("digest", "workers", "templates"):
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, place / name, symlinks=True, ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place / name)
    subprocess.run([sys.executable, "-c", BUILD], cwd=place, check=True, capture_output=True)
    (made,) = (place / "made").glob("*.whl")
    return made


def of_the_tree(name: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_wheel_holds_every_file_of_the_library_the_workers_and_the_templates(
    wheel: Path,
) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    held = {name for name in held if ".dist-info/" not in name}
    templates = {f"digest/{name}" for name in of_the_tree("templates")}
    assert len(templates) > 50
    assert held == of_the_tree("digest") | of_the_tree("workers") | templates


def test_out_of_a_wheel_templates_and_workers_are_found(wheel: Path, tmp_path: Path) -> None:
    inside = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(inside)
    home = tmp_path / "home"
    (home / "static").mkdir(parents=True)
    own = {"PYTHONPATH": str(inside), "DIGEST_HOME": str(home)}
    env = os.environ | own | {"DJANGO_SETTINGS_MODULE": "digest.settings"}

    def run(*words: str) -> str:
        words = (sys.executable, *words)
        return subprocess.run(
            words, cwd=tmp_path, env=env, check=True, capture_output=True, text=True
        ).stdout

    files = run("-c", LOOK).split()
    assert all(Path(each).is_relative_to(inside) for each in files)
    assert "poll" in run("-m", "digest", "--help")
    assert "alerts" in run("-m", "workers", "list")
