"""The documents say what the code does: names, defaults, commands, queues, states, links, tests."""

import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
from django.core.management import load_command_class
from django.core.management.base import CommandError

from digest.demo.stages import Summary
from digest.kit.doctor.finding import document
from digest.newsdesk.stories.clustering import evaluate
from digest.newsdesk.topics.preview import Example, Preview
from digest.outbound.channels.whatsapp import slots
from digest.outbound.delivery.figures.progress import Figures
from digest.outbound.delivery.models import Delivery, Send
from tests.deadlines import patience
from workers.processes import WORKERS
from workers.queues import Queue
from workers.schedule import TICKS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
COMMANDS = ROOT / "digest" / "management" / "commands"

_SETTING = re.compile(r"DIGEST_[A-Z_]+|DATABASE_URL|REDIS_URL|SENTRY_DSN|CHROMIUM|REQUIRE_BROWSER")
_READERS = {"text", "flag", "number", "share", "seconds", "words", "kept_secret", "get", "getenv"}
_READERS |= {"DeclaredSetting"}
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
_CITED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def outside_fences(text: str) -> str:
    return _FENCE.sub("", text)


@cache
def settings_read() -> dict[str, set[str]]:
    """Every environment variable of ours that code reads, with its defaults where constant."""
    found: dict[str, set[str]] = {}
    for folder in ("digest", "workers", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            if "plugins" in path.parts:  # a package of its own, with settings of its own
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for name, default in _reading(node):
                    found.setdefault(name, set()).update({default} if default else ())
    return found


def _reading(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The setting that this node reads, and its default as it would be written."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        if ast.unparse(node.value) == "os.environ" and isinstance(node.slice, ast.Constant):
            yield from _ours(node.slice.value)
    elif isinstance(node, ast.Call) and node.args:
        verb = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        first = node.args[0]
        # A channel's own: DeclaredSetting(name, reader, default).
        place = 2 if verb == "DeclaredSetting" else 1
        if verb in _READERS and isinstance(first, ast.Constant):
            default = node.args[place] if len(node.args) > place else None
            constant = isinstance(default, ast.Constant)
            yield from _ours(first.value, default.value if constant else "")


def _ours(name: object, default: object = "") -> Iterator[tuple[str, str]]:
    if isinstance(name, str) and _SETTING.fullmatch(name):
        yield name, str(int(default) if isinstance(default, bool) else default or "")


@cache
def settings_told() -> dict[str, str]:
    """The names in the first column of the tables, with the second."""
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|", read("docs/settings.md"), re.MULTILINE)
    return dict(rows)


def test_every_setting_that_code_reads_is_told() -> None:
    assert set(settings_read()) - set(settings_told()) == set()


def test_no_setting_is_told_that_nothing_reads() -> None:
    assert set(settings_told()) - set(settings_read()) == set()


def settings_files() -> list[Path]:
    """Where settings are read at the start, and where channels declare theirs."""
    channels = (ROOT / "digest/outbound/channels").glob("*/spec.py")
    return [ROOT / "digest/settings.py", *sorted(channels)]


def test_the_defaults_are_those_of_the_code() -> None:
    code = {
        name: default
        for path in settings_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name, default in _reading(node)
        if default and name not in {"REDIS_URL"}  # embedded, before settings are read
    }
    assert code, "no default was found in digest/settings.py"
    wrong = {
        name: (default, settings_told()[name])
        for name, default in code.items()
        if f"`{default}`" not in settings_told()[name]
    }
    assert wrong == {}


def examples(document: str, first: str) -> list[str]:
    """The lines of a document's fences that begin with a word."""
    return [
        line.strip().removeprefix(".venv/bin/")
        for fence in _FENCE.findall(read(document))
        for line in fence.splitlines()
        if line.strip().removeprefix(".venv/bin/").startswith(f"{first} ")
    ]


def command_names() -> set[str]:
    return {path.stem for path in COMMANDS.glob("*.py")} - {"__init__"}


def test_every_command_has_a_section_and_no_section_is_made_up() -> None:
    told = set(re.findall(r"^## `digest (\w+)`$", read("docs/commands.md"), re.MULTILINE))
    assert told == command_names() | {"demo"}


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (document, line)
        for document in ("README.md", "docs/commands.md", "docs/operations.md")
        for line in examples(document, "digest")
    ],
)
def test_every_example_is_a_command_that_exists(document: str, line: str) -> None:
    name, *words = shlex.split(line.partition("#")[0])[1:]
    if name == "demo":
        assert set(words) <= {"--json"}
        return
    parser = load_command_class("digest", name).create_parser("digest", name)
    try:
        parser.parse_args(words)
    except (CommandError, SystemExit) as refusal:
        pytest.fail(f"{document}: {line!r} is refused: {refusal}")


@pytest.mark.parametrize("name", sorted(command_names()))
def test_every_verb_and_option_is_told(name: str) -> None:
    section = read("docs/commands.md").partition(f"\n## `digest {name}`\n")[2].partition("\n## ")[0]
    inherited = {"--version", "--verbosity", "--settings", "--pythonpath", "--traceback"}
    inherited |= {"--no-color", "--force-color", "--skip-checks", "--help"}
    parser = load_command_class("digest", name).create_parser("digest", name)
    wanted: set[str] = set()
    for action in parser._actions:
        wanted |= {each for each in action.option_strings if each.startswith("--")} - inherited
        if isinstance(action.choices, dict):
            for verb, below in action.choices.items():
                wanted.add(verb)
                options = {each for row in below._actions for each in row.option_strings}
                wanted |= {each for each in options if each.startswith("--")} - inherited
    missing = {each for each in wanted if not re.search(rf"(?<![\w-]){each}(?![\w-])", section)}
    assert missing == set()


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        ("demo", {each.name for each in fields(Summary)} | {"mailbox"}),
        ("doctor", set(document([]))),
        ("evaluate", {each.name for each in fields(evaluate._Figures)}),
        ("topics", {each.name for each in (*fields(Preview), *fields(Example))}),
        ("sends", {each.name for each in fields(Figures)} - {"total"}),
    ],
)
def test_the_keys_of_json_are_told(command: str, keys: set[str]) -> None:
    section = read("docs/commands.md").partition(f"\n## `digest {command}`\n")[2]
    section = section.partition("\n## ")[0]
    assert {key for key in keys if f"`{key}`" not in section} == set()


def test_every_make_target_that_is_told_exists() -> None:
    targets = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    told = {
        target
        for path in DOCUMENTS
        for target in re.findall(r"(?:`|^|\()make (\w+)", path.read_text(), re.MULTILINE)
    }
    assert told - targets == set()
    assert {"demo", "up", "check", "test", "chaos"} <= told


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_picture_leads_somewhere(path: Path) -> None:
    broken = []
    for link in _LINK.findall(outside_fences(path.read_text(encoding="utf-8"))):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def anchors(path: Path) -> set[str]:
    """The anchors that headings get on a page of a repository."""
    headings = re.findall(r"^#+ (.+)$", outside_fences(path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def test_pictures_are_light_and_each_is_shown() -> None:
    shown = "".join(path.read_text() for path in DOCUMENTS)
    pictures = list((ROOT / "docs" / "pictures").glob("*"))
    assert pictures
    assert [each.name for each in pictures if each.stat().st_size > 250_000] == []
    assert [each.name for each in pictures if f"pictures/{each.name}" not in shown] == []


def test_every_path_that_is_told_exists() -> None:
    missing = {
        (path.name, name)
        for path in DOCUMENTS
        for name in re.findall(
            r"`((?:digest|workers|templates|tests|docs)/[\w./-]*)`", path.read_text()
        )
        if not (ROOT / name).exists()
    }
    assert missing == set()


def test_every_module_that_is_told_to_be_run_exists() -> None:
    told = {
        module.replace(".", "/")
        for path in DOCUMENTS
        for module in re.findall(r"python -m ((?:digest|workers|tests)[\w.]*)", path.read_text())
    }
    assert told
    missing = [
        each
        for each in told
        if not (ROOT / f"{each}.py").exists() and not (ROOT / each / "__main__.py").exists()
    ]
    assert missing == []


def test_every_bench_begins_in_a_process_that_knows_no_settings() -> None:
    """Our tables can be named once one of its own has chosen them, not before."""
    told = {
        module
        for module in re.findall(r"python -m (tests\.bench[\w.]*)", " ".join(map(_read, DOCUMENTS)))
        if "NAME" not in module
    }
    assert len(told) > 10
    names = [
        f"{each}.__main__" if (ROOT / each.replace(".", "/")).is_dir() else each
        for each in sorted(told)
    ]
    apart = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO")}
    code = f"import importlib\nfor each in {names}: importlib.import_module(each)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=apart, capture_output=True, text=True, timeout=patience(120), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def _read(path: Path) -> str:
    return path.read_text()


def test_every_test_that_is_cited_exists() -> None:
    cited = {each for path in DOCUMENTS for each in _CITED.findall(path.read_text())}
    assert len(cited) > 20
    missing = [
        (file, name)
        for file, name in sorted(cited)
        if not (ROOT / file).exists()
        or (name and not re.search(rf"^(async )?def {name}\(", read(file), re.MULTILINE))
    ]
    assert missing == []


def table(title: str, columns: int) -> list[tuple[str, ...]]:
    """The rows of the table under a heading row that begins so."""
    text = read("docs/architecture.md").partition(f"| {title} |")[2]
    rows = text.partition("\n\n")[0].splitlines()[2:]
    return [tuple(c.strip() for c in row.strip("|").split("|"))[:columns] for row in rows]


def test_the_processes_and_queues_are_those_that_run() -> None:
    told = [
        (name.strip("`"), tuple(re.findall(r"`(\w+)`", queues)), int(at_once), why)
        for name, queues, at_once, why in table("Process", 4)
    ]
    assert told == [
        (each.name, tuple(queue.value for queue in each.queues), each.concurrency, each.why)
        for each in WORKERS
    ]
    assert {queue for row in told for queue in row[1]} == {queue.value for queue in Queue}


def test_the_ticks_are_those_that_beat_sends() -> None:
    told = {name.strip("`"): every for name, every in table("Tick", 2)}
    assert told == {each.name: f"{each.every} s" for each in TICKS}


@pytest.mark.parametrize(
    ("number", "states"),
    [
        (0, {state.value for state in Send.State}),
        (1, {state.name.lower() for state in Delivery.State}),
    ],
)
def test_the_diagrams_show_every_state_and_no_other(number: int, states: set[str]) -> None:
    diagrams = re.findall(r"stateDiagram-v2\n(.*?)```", read("docs/architecture.md"), re.DOTALL)
    ends = re.findall(r"(\w+) --> (\w+)", diagrams[number])
    ends += [("", each) for each in re.findall(r"\[\*\] --> (\w+)", diagrams[number])]
    assert {state for pair in ends for state in pair if state} == states


def test_the_walls_are_those_of_the_contracts() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    rooms = read("docs/architecture.md").partition("## Rooms")[2]
    told = [re.split(r"\s{3,}", line)[0].strip() for line in _FENCE.findall(rooms)[0].splitlines()]
    assert told == layers


def test_decisions_are_numbered_and_each_names_its_cost() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
        assert headings[0].startswith(f"{int(page.name[:4])}. "), page.name
        assert headings[1:] == ["Context", "Decision", "Cost"], page.name


def test_the_readme_names_what_ci_runs() -> None:
    command = read(".ci/run").splitlines()[-1]
    assert command == "REQUIRE_BROWSER=1 exec make test"
    assert "`make test` | every test; **this is what CI runs**" in read("README.md")


def test_ci_names_the_data_beside_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "there" / ".ci").mkdir(parents=True)
    (tmp_path / "there" / ".ci" / "run").write_text(read(".ci/run"))
    (tmp_path / "there" / "Makefile").write_text("test:\n\t@echo data=$$DIGEST_DATA\n")
    # A make around this one would have it tell where it works.
    others = {"DIGEST_DATA", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
    unset = {name: value for name, value in os.environ.items() if name not in others}
    run = ["bash", str(tmp_path / "there" / ".ci" / "run")]
    said = subprocess.run(run, env=unset, capture_output=True, text=True, check=True).stdout
    assert said == "data=\n"
    (tmp_path / "shared" / "data").mkdir(parents=True)
    said = subprocess.run(run, env=unset, capture_output=True, text=True, check=True).stdout
    assert said == f"data={(tmp_path / 'shared' / 'data').resolve()}\n"


def test_the_changelog_has_the_version_of_the_package() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    text = read("CHANGELOG.md")
    assert f"## [{version}]" in text or f"To become {version}" in text


def test_the_whatsapp_message_in_the_readme_is_a_template_of_ours() -> None:
    shown = next(each for each in _FENCE.findall(read("README.md")) if each.startswith("*The"))
    body = slots.body("top_reads_3")
    pattern = re.escape(body)
    for slot in range(1, 5):
        pattern = pattern.replace(re.escape(f"{{{{{slot}}}}}"), "[^\n]+")
    assert re.fullmatch(pattern, shown.strip())
