"""What html-validate says of our mails.

``python -m tests.bench.markup --json`` renders every kind of mail in every language, or takes those
of ``--mailbox``, a folder of ``.eml`` files as the demo leaves one. It prints how many ``mails``
there were and, of each rule that one of them breaks, how often (``faults``) and the first place.
It ends with 1 when there is a fault.

html-validate and its Node are no part of this repository. They are looked for in the folder that
``HTML_VALIDATE`` names, ``~/.cache/digest-html-validate`` without::

    npm install --prefix ~/.cache/digest-html-validate html-validate@10
"""

import argparse
import email
import email.policy
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("HTML_VALIDATE") or "~/.cache/digest-html-validate").expanduser()
PROGRAM = FOLDER / "node_modules/html-validate/bin/html-validate.mjs"
# What makes a table a layout in Outlook is deprecated for pages, and has no other way in mails.
RULES = {
    "root": True,
    "extends": ["html-validate:standard"],
    "rules": {"no-deprecated-attr": "off"},
}
SECONDS = 300


def main() -> int:
    """Gather, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mailbox", type=Path, help="a folder of .eml files")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not PROGRAM.exists():
        print(
            f"html-validate is not in {FOLDER}. Install it with Node.js:\n"
            f"  npm install --prefix {FOLDER} html-validate@10",
            file=sys.stderr,
        )
        return 2
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        mails = of_mailbox(given.mailbox, folder) if given.mailbox else of_every_kind(folder)
        found = asked(folder)
    result = {"mails": mails, **found}
    print(json.dumps(result) if given.json else json.dumps(result, indent=2))
    return 1 if found["faults"] or not mails else 0


def of_every_kind(folder: Path) -> int:
    """Write each kind of mail in each language; how many."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")
    import django

    django.setup()
    from digest.audience.core.languages import SPOKEN
    from tests.outbound.messages.test_accessible_mail import KINDS

    for kind in KINDS:
        for language in SPOKEN:
            path = folder / f"{kind.__name__}-{language}.html"
            path.write_text(kind(language).fields["html"], encoding="utf-8")
    return len(KINDS) * len(SPOKEN)


def of_mailbox(mailbox: Path, folder: Path) -> int:
    """Write the HTML part of each mail of a folder; how many."""
    number = 0
    for path in sorted(mailbox.rglob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        part = mail.get_body(("html",))  # type: ignore[attr-defined]
        if part is not None:
            number += 1
            (folder / f"{path.stem}.html").write_text(part.get_content(), encoding="utf-8")
    return number


def asked(folder: Path) -> dict[str, Any]:
    """The rules that are broken, by name: how often, and where first."""
    (folder / ".htmlvalidate.json").write_text(json.dumps(RULES))
    told = subprocess.run(
        ["node", str(PROGRAM), "--formatter", "json", *sorted(map(str, folder.glob("*.html")))],
        cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    if told.returncode not in (0, 1):
        raise RuntimeError(f"html-validate failed: {told.stderr[-2000:]}")
    faults, first = Counter[str](), dict[str, str]()
    for each in json.loads(told.stdout):
        for fault in each["messages"]:
            rule = fault["ruleId"]
            faults[rule] += 1
            name = Path(each["filePath"]).name
            first.setdefault(rule, f"{name}:{fault['line']}: {fault['message']}")
    return {"faults": dict(faults), "first": first}


if __name__ == "__main__":
    raise SystemExit(main())
