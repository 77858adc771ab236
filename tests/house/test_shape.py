"""The shape of the house: rooms that a newcomer can take in, and one word for one thing."""

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
MOST_MODULES, MOST_LINES, MOST_OF_A_FUNCTION, MOST_OF_A_LINE = 20, 400, 60, 160

# Django asks for the first in every module of commands; an answer is a relay's, or a page's.
ONE_NAME_FOR_MANY = {"Command", "Answer"}
# Words the project once had for itself, and what the field says instead.
GONE = {
    "mould": "template",
    "berth": "relay, or connection pool",
    "tolls": "relay limits",
    "tally": "counts",
    "vitals": "heartbeats",
    "brake": "controls",
    "braked": "stopped",
    "enlist": "the algorithm's own name",
    "regroup": "cluster anew",
    "taking_turns": "address locks",
}


def modules() -> list[Path]:
    """Every Python file of the house, but the migrations, which Django writes."""
    found = [
        path for name in ("digest", "workers", "tests") for path in (ROOT / name).rglob("*.py")
    ]
    return sorted(path for path in found if "migrations" not in path.parts)


class Outline(NamedTuple):
    """What is asked of a module. The trees of a thousand would slow all tests that come after."""

    says_what_it_is: bool
    classes: list[str]
    functions: list[tuple[str, int]]
    """Each one's name and lines."""


@cache
def outline(path: Path) -> Outline:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return Outline(
        bool(ast.get_docstring(tree)),
        [node.name for node in tree.body if isinstance(node, ast.ClassDef)],
        [
            (node.name, node.end_lineno - node.lineno + 1)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
        ],
    )


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def words_of_ours() -> list[tuple[str, int, str]]:
    """File, line number and text of all that we wrote, but samples of news and this very list."""
    found = []
    for folder, pattern in (
        ("digest", "*.py"), ("workers", "*.py"), ("tests", "*.py"), ("docs", "*.md"),
        ("templates", "*.*"), ("digest/web/static", "*.css"), (".", "*.md"),
    ):  # fmt: skip
        paths = (ROOT / folder).glob(pattern) if folder == "." else (ROOT / folder).rglob(pattern)
        for path in sorted(paths):
            if path == Path(__file__) or path.suffix in {".png", ".mo", ".ico", ".woff2"}:
                continue
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [(name(path), number, line) for number, line in enumerate(lines, 1)]
    return found


def test_no_folder_holds_more_modules_than_a_newcomer_can_take_in() -> None:
    held = Counter(path.parent for path in modules() if path.name != "__init__.py")
    assert {name(each): n for each, n in held.items() if n > MOST_MODULES} == {}


def test_no_module_is_too_long() -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    found = {each: n for each, n in lengths.items() if n > MOST_LINES}
    assert found == {}


def test_no_function_is_too_long() -> None:
    found = {
        f"{name(path)}: {function}": lines
        for path in modules()
        for function, lines in outline(path).functions
    }
    long = {each: lines for each, lines in found.items() if lines > MOST_OF_A_FUNCTION}
    assert long == {}


def test_a_class_name_stands_once_in_the_library() -> None:
    places = defaultdict(list)
    for path in modules():
        if path.is_relative_to(ROOT / "digest") or path.is_relative_to(ROOT / "workers"):
            for each in outline(path).classes:
                places[each].append(name(path))
    twice = {each: paths for each, paths in places.items() if len(paths) > 1}
    assert twice.keys() <= ONE_NAME_FOR_MANY, twice


def test_packages_begin_empty_and_modules_with_what_they_are() -> None:
    inits = [path for path in modules() if path.name == "__init__.py"]
    assert [name(path) for path in inits if path.read_text("utf-8").strip()] == []
    others = [path for path in modules() if path not in inits]
    assert [name(path) for path in others if not outline(path).says_what_it_is] == []


def test_no_folder_of_modules_lacks_its_package_file() -> None:
    folders = {path.parent for path in modules()}
    assert [name(each) for each in folders if not (each / "__init__.py").is_file()] == []


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "misc", "common", "tools"}
    assert [name(path) for path in modules() if path.stem in drawers] == []


def test_the_private_words_of_before_are_gone() -> None:
    gone = re.compile(rf"(?<![a-z])({'|'.join(GONE)})s?(?![a-z])", re.IGNORECASE)
    found = [
        f"{path}:{number}: {hit[1]}: say {GONE[hit[1].lower()]}"
        for path, number, line in words_of_ours()
        if (hit := gone.search(line))
    ]
    assert found == [], "\n".join(found)


def test_no_line_of_a_template_is_too_long_to_read() -> None:
    kinds = {".html", ".mjml", ".txt"}
    paths = [path for path in (ROOT / "templates").rglob("*") if path.suffix in kinds]
    assert len(paths) > 60
    found = [
        f"{name(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MOST_OF_A_LINE
    ]
    assert found == []


def test_the_templates_pass_their_linter() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "djlint", "templates", "--lint", "--quiet"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
