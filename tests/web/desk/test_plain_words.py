"""What the desk says, everywhere that it says something, in words that an editor uses.

Read from the source, so that no sentence can be forgotten: what the linters of all channels remark,
what every step refuses with, what a page tells, and what its template shows.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SAYS = re.compile(r"^(grave|minor|Check|Outlook|CannotControl|FieldClash|Stale\w+|\w+Refused)$")
NOTES = {"info", "success", "warning", "error"}
ROOMS = ("digest/newsdesk", "digest/outbound/channels", "digest/outbound/messages",
         "digest/outbound/delivery/control", "digest/web/desk", "digest/staff")  # fmt: skip
OURS = re.compile(
    r"\b(slots?|slugs?|cadence|HTML|JSON|NULL|payload|boolean|lock version|revisions?|"
    r"fan(ned)? out|template message|text part|queued|deferred|foreign key|primary key|integer|"
    r"exception|traceback|parameter|enum|tuple|ISO|UTC offset|parse[ds]?|render(ed)?|`)\b|`",
    re.IGNORECASE,
)
MARKUP = re.compile(r"{#.*?#}|{%.*?%}|<(style|script).*?</\1>", re.DOTALL)
SHOWN = re.compile(r"(?:title|placeholder|aria-label)=\"([^\"]*)\"|>([^<]+)")


def _sentences(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        of = node.func.value if isinstance(node.func, ast.Attribute) else None
        told = name in NOTES and isinstance(of, ast.Name) and of.id == "messages"
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if told or SAYS.match(name):
            yield from (
                part.value
                for value in node.args
                for part in ast.walk(value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def _shown(path: Path) -> Iterator[str]:
    text = re.sub(r"{{.*?}}", "…", MARKUP.sub("", path.read_text()), flags=re.DOTALL)
    for found in SHOWN.finditer(text):
        yield found[1] or found[2] or ""


def _python() -> list[Path]:
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if "stand_in" not in path.parts]  # the other side's words


def test_it_finds_the_sentences() -> None:
    said = [words for path in _python() for words in _sentences(path)]
    assert len(said) > 150
    assert any("the picture has no credit" in words for words in said)
    assert OURS.search("Slot 2 has no https link")
    assert OURS.search("use its slug")


def test_no_remark_and_no_refusal_speaks_of_our_machinery() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {words}"
        for path in _python()
        for words in _sentences(path)
        if OURS.search(words)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", ["desk"])
def test_no_page_of_the_desk_speaks_of_our_machinery(folder: str) -> None:
    pages = sorted((ROOT / "templates/web" / folder).glob("*.html"))
    assert len(pages) > 40
    wrong = [
        f"{path.name}: {words.strip()[:90]}"
        for path in pages
        for words in _shown(path)
        if OURS.search(words)
    ]
    assert not wrong, "\n".join(wrong)


# A number before a word for many of them: "1 readers" is said where nobody wrote ``|many``. What
# is a bound, or a share of a whole, is never one.
COUNTED = re.compile(
    r"{{ (?!\"[^{])((?:(?!}}|\|many|== 1|most_).)*) }} (?:readers|items|reports|lines|addresses|"
    r"subscriptions|sources|stories|messages|newsletters|feeds|articles|days|minutes)\b"
)


def test_one_of_a_kind_is_never_told_as_many() -> None:
    assert COUNTED.search('{{ "{:,}".format(left_out) }} lines with a mistake')
    assert not COUNTED.search('{{ left_out|many("line") }} with a mistake')
    wrong = [
        f"{path.name}: {found[0]}"
        for path in sorted((ROOT / "templates/web/desk").glob("*.html"))
        for found in COUNTED.finditer(path.read_text())
    ]
    assert wrong == []
