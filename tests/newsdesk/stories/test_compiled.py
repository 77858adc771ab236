"""Machine code kept on disk: what an upgrade leaves behind must not stop the service."""

import os
import subprocess
import sys
from pathlib import Path

from digest.newsdesk.stories.clustering.kernels.compiled import forget_older

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
_WARMED = """
import sys
from numba.core.dispatcher import Dispatcher
from digest.newsdesk.stories.clustering.evaluate import warm

warm()
loops = {
    f"{module.__name__}.{name}": each
    for module in list(sys.modules.values())
    if module.__name__.startswith("digest.newsdesk.stories.clustering")
    for name, each in vars(module).items()
    if isinstance(each, Dispatcher)
}
# What other loops call is compiled with them.
called = {name for each in loops.values() for name in each.py_func.__code__.co_names}
cold = [name for name, each in loops.items() if not each.signatures]
print("known" if len(loops) > 30 else "unknown")
print([name for name in cold if name.rpartition(".")[2] not in called])
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


def test_once_warm_no_loop_is_left_to_be_compiled() -> None:
    words = [sys.executable, "-c", _WARMED]
    run = subprocess.run(words, cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert run.stdout.split() == ["known", "[]"], run.stdout + run.stderr[-2000:]


def test_machine_code_older_than_what_it_was_made_with_is_removed(tmp_path: Path) -> None:
    source, used, index = (tmp_path / name for name in ("loops.py", "used.py", "loops.f.nbi"))
    for path in (source, used, index):
        path.touch()
    os.utime(source, (100, 100))
    os.utime(index, (200, 200))
    os.utime(used, (150, 150))
    forget_older(source, tmp_path, used)
    assert index.exists()
    os.utime(used, (250, 250))
    forget_older(source, tmp_path, used)
    assert not index.exists()
