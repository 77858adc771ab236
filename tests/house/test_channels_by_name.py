"""Nobody knows a channel by name but its own folder; whoever still does is listed, with why."""

import ast
from pathlib import Path

from digest.outbound.channels import registry

ROOT = Path(__file__).resolve().parents[2]
NAMES = set(registry.BUILT_IN)
# What a word means there is another thing.
KNOWN = {
    "digest/admin/members.py": "a member's own address",
    "digest/staff/members.py": "a member's own address",
    "digest/staff/single/provider.py": "a claim of OpenID Connect, and a scope",
    "digest/settings.py": "what a member signs in by",
    "digest/web/desk/signing_in.py": "a member's own address",
    "digest/web/desk/members": "a member's own address",
    "digest/outbound/channels/registry.py": "the table of our own channels",
    "digest/outbound/messages/environment.py": "the catalogues of all channels lie with the mails",
    "digest/web/hooks/urls.py": "the address that providers of mail were given before",
    "digest/audience/lists": "a column's name in other people's lists",
    "digest/intake/feeds/formats/strict/elements.py": "an element of Atom's persons",
    "digest/demo/stages.py": "the demo's summary holds the text of a WhatsApp message",
}


def literals(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return any(isinstance(each, str) and each in NAMES for each in constants)


def is_known(name: str) -> bool:
    folders = tuple(f"digest/outbound/channels/{each}/" for each in NAMES)
    return name.startswith((*folders, "digest/migrations/")) or any(
        name == known or name.startswith(f"{known}/") for known in KNOWN
    )


def test_channels_are_asked_for_and_not_named() -> None:
    found = {
        str(path.relative_to(ROOT))
        for wing in ("digest", "workers")
        for path in (ROOT / wing).rglob("*.py")
        if literals(path)
    }
    assert sorted(name for name in found if not is_known(name)) == []
