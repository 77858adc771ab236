"""Readers' pages as Google's Lighthouse judges them, on its phone profile.

``python -m tests.bench.lighthouse --json`` serves a newsroom of its own as production does, and has
Lighthouse look ``--times`` times at each page. It prints the median of accessibility, best
practices and performance, a hundred being the most, and of what lowered one of them its names. It
ends with 1 when a median is below its bound: 100, 100 and 95.

Lighthouse and a Node that runs it are no part of this repository. They are looked for in the folder
that ``LIGHTHOUSE`` names, ``~/.cache/digest-lighthouse`` without::

    npm install --prefix ~/.cache/digest-lighthouse lighthouse@13.5.0 node@22
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.pages import first, serving
from tests.scenes.servers import prepare

FOLDER = Path(os.environ.get("LIGHTHOUSE") or "~/.cache/digest-lighthouse").expanduser()
BOUNDS = {"accessibility": 100, "best-practices": 100, "performance": 95}
# A look takes about twelve seconds; one that hangs is none.
SECONDS = 150
# Lighthouse's own word for a trace that the browser did not begin: it asks to be run again.
_AGAIN, _TRIES = b"(NO_NAVSTART)", 3


def main() -> int:
    """Serve, look, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--pages", default="", help="some of them, with commas")
    parser.add_argument("--only", default=",".join(BOUNDS), help="some of what is judged")
    given = parser.parse_args()
    prepare(DIGEST_PROXIES="0", DIGEST_CHANNELS="email")
    # It knows our tables, which can be named from here on alone.
    from tests.browser.conftest import chromium

    browser = chromium(windowed=True)
    if missing := _missing(browser):
        print(missing, file=sys.stderr)
        return 2
    with serving() as (base, _):
        paths = furnish(base)
        wanted = given.pages.split(",") if given.pages else list(paths)
        for _ in range(4):
            first(base, paths)
        found: dict[str, dict[str, Any]] = {}
        for page in wanted:
            url = base + paths[page]
            looks = [look(url, str(browser), given.only) for _ in range(given.times)]
            found[page] = judged(looks)
            # Ten minutes in all: whoever waits is told.
            print(f"{page}: {found[page]}", file=sys.stderr, flush=True)
    result = {"pages": found, "times": given.times, "load": round(os.getloadavg()[0], 1)}
    print(json.dumps(result) if given.json else json.dumps(result, indent=2))
    return 1 if any(each["below"] for each in found.values()) else 0


def furnish(base: str) -> dict[str, str]:
    """A newsroom with some editions; the paths to look at, by page.

    Their picture is served here: one that is nowhere would be judged as the page's own fault.
    """
    from dataclasses import replace
    from datetime import timedelta

    from digest.newsdesk.picture import Picture
    from tests.web import newsroom

    newsroom.offer()
    picture = Picture(
        f"{base}/static/digest/icon-512.png", "A flag over a building", "Harbour Wire"
    )
    items = (replace(newsroom.ITEMS[0], picture=picture), *newsroom.ITEMS[1:])
    for day in range(12):
        slot = newsroom.SLOT - timedelta(days=day)
        edition = newsroom.publish(items, slot_at=slot, local_date=slot.date())
    newsroom.story(*(f"https://outlet.example/{n}" for n in range(12)))
    return {
        "front": "/",
        "newsletter": "/newsletters/morning",
        "topic": "/topics/korea",
        "edition": f"/editions/{edition.public_id}",
        "sign-up": "/subscribe",
    }


def look(url: str, browser: str, only: str) -> dict[str, Any]:
    """One look: what Lighthouse found, as it tells it."""
    node = FOLDER / "node_modules/node/bin/node"
    words = [
        str(node if node.exists() else "node"),
        str(FOLDER / "node_modules/lighthouse/cli/index.js"),
        url,
        "--quiet",
        "--output=json",
        f"--only-categories={only}",
        # No third party is asked for anything.
        "--no-enable-error-reporting",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    ]
    for _ in range(_TRIES):
        told = subprocess.run(
            words, env=os.environ | {"CHROME_PATH": browser}, capture_output=True, timeout=SECONDS
        )
        if _AGAIN not in told.stderr:
            break
    if told.returncode:
        raise RuntimeError(f"Lighthouse failed at {url}: {told.stderr.decode()[-2000:]}")
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def judged(looks: list[dict[str, Any]]) -> dict[str, Any]:
    """The medians of some looks at a page, what is below its bound, and what lowered it."""
    medians = {
        name: round(statistics.median(100 * each["categories"][name]["score"] for each in looks))
        for name in looks[0]["categories"]
    }
    below = [name for name in medians if medians[name] < BOUNDS[name]]
    return medians | {"below": below, "why": sorted({why for each in looks for why in _why(each)})}


def _why(one: dict[str, Any]) -> list[str]:
    audits, named = one["audits"], []
    for category, told in one["categories"].items():
        for ref in told["auditRefs"]:
            audit = audits[ref["id"]]
            score = audit["score"]
            if ref["weight"] and score is not None and score < 0.9:
                named.append(f"{category}: {ref['id']} ({audit.get('displayValue') or score})")
    return named


def _missing(browser: str | None) -> str:
    """What has to be installed, as the command that does it; nothing when all is there."""
    if browser is None:
        return "No Chromium found: install it (apt-get install chromium) or name it in CHROMIUM."
    if not (FOLDER / "node_modules/lighthouse/cli/index.js").exists():
        return (
            f"Lighthouse is not in {FOLDER}. Install it with Node.js:\n"
            f"  npm install --prefix {FOLDER} lighthouse@13.5.0 node@22"
        )
    return ""


if __name__ == "__main__":
    raise SystemExit(main())
