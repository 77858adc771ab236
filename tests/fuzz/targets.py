"""Where a request may go and what it may carry: from the table of URLs, the code and the pages."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
# A group of a pattern, with its alternatives or whatever else it takes.
_GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()]|\([^()]*\))*)\)")
_MARK = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Target:
    """One URL: the parts of its path in order. ``name`` is None for text that stands there."""

    parts: tuple[tuple[str | None, str], ...]


def targets() -> list[Target]:
    """Every URL of the table."""
    return [Target(parts) for parts in _walk(get_resolver().url_patterns, ())]


def _walk(
    patterns: list[URLPattern | URLResolver], before: tuple[tuple[str | None, str], ...]
) -> Iterator[tuple[tuple[str | None, str], ...]]:
    for each in patterns:
        parts = (*before, *_parts(each.pattern))
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, parts)
        else:
            yield parts


def _parts(pattern: object) -> tuple[tuple[str | None, str], ...]:
    if hasattr(pattern, "_route"):
        return tuple(_cut(str(pattern._route), _MARK, lambda m: (m[2], m[1] or "str")))
    plain = str(getattr(pattern, "_regex", "")).replace("\\Z", "").strip("^$")
    return tuple(_cut(plain, _GROUP, lambda m: (m[1], f"one of {m[2]}")))


def _cut(text: str, mark: re.Pattern[str], read: object) -> Iterator[tuple[str | None, str]]:
    at = 0
    for found in mark.finditer(text):
        if found.start() > at:
            yield None, text[at : found.start()]
        yield read(found)  # type: ignore[operator]
        at = found.end()
    if text[at:]:
        yield None, text[at:]


@cache
def parameters() -> tuple[str, ...]:
    """Every name that a view asks a query or a form for, or that a page has a field for."""
    names = {"q", "o", "p", "e", "all", "_popup", "_to_field", "action", "index", "hub.mode",
             "hub.topic", "hub.challenge", "hub.lease_seconds", "hub.reason",
             "hub.verify_token",
             "id__in", "id__exact", "is_open__exact", "last_login__gte"}  # fmt: skip
    for path in (ROOT / "digest" / "web").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign | ast.AnnAssign) and "Field(" in ast.unparse(node):
                where = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                names.add(ast.unparse(where))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                first = node.args[0] if node.args else None
                asks = node.func.attr in {"get", "getlist", "__getitem__"}
                if asks and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    names.add(first.value)
    for path in (ROOT / "templates" / "web").rglob("*.html"):
        found = re.findall(r'\bname="([\w.-]+)"', path.read_text(encoding="utf-8"))
        names |= set(found)
    return tuple(sorted(name for name in names if name and len(name) < 40))
