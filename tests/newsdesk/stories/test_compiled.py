"""Machine code kept on disk: what an upgrade leaves behind must not stop the service."""

import os
import subprocess
import sys
from pathlib import Path

_LOOPS = """
import sys
from typing import NamedTuple
from digest.newsdesk.stories.clustering.kernels.compiled import compiled

class {name}(NamedTuple):
    first: float
    second: float

@compiled
def total(pair):
    return pair.first + pair.second

print(total({name}(1.0, 2.0)))
"""


def test_machine_code_of_before_an_upgrade_is_made_anew(tmp_path: Path) -> None:
    source = tmp_path / "loops.py"
    for age, name in ((60, "Pair"), (0, "Couple")):
        source.write_text(_LOOPS.format(name=name))
        index = [path.stat().st_mtime for path in tmp_path.rglob("*.nbi")]
        moment = max(index, default=0.0) + 2 if not age else source.stat().st_mtime - age
        os.utime(source, (moment, moment))
        run = subprocess.run(
            [sys.executable, "-c", "import loops"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.stdout.strip() == "3.0", run.stderr[-2000:]
    assert list(tmp_path.rglob("*.nbi"))
