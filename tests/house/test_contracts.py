"""Who may import whom, checked over the whole tree."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_import_contract_is_kept() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:]


def test_package_inits_are_empty() -> None:
    full = [
        str(path.relative_to(ROOT))
        for wing in ("digest", "workers")
        for path in (ROOT / wing).rglob("__init__.py")
        if path.read_text(encoding="utf-8").strip()
    ]
    assert full in ([], ["workers/__init__.py"])
