"""The subscriptions that the stand-in for a push service knows, kept over its end."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "lines.jsonl"


@dataclass
class Line:
    """One subscription of one browser. ``key`` is the VAPID key it was made with.

    ``own``: the browser is the stand-in's own, written down (see :class:`~.browser.Browser`).
    """

    token: str
    channel_id: str
    browser: str
    key: str
    is_gone: bool = False
    own: str = ""


class LineBook:
    """A file of lines, the last word on each counts; nothing without a folder."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / _FILE if folder is not None else None

    def lines(self) -> dict[str, Line]:
        """All of them by their tokens."""
        found: dict[str, Line] = {}
        try:
            rows = self._path.read_text(encoding="utf-8").splitlines() if self._path else []
        except OSError:
            rows = []
        for row in rows:
            try:
                line = Line(**json.loads(row))
            except (ValueError, TypeError):
                continue  # it was ended while it wrote
            found[line.token] = line
        return found

    def keep(self, line: Line) -> None:
        """Write down how it stands."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(line)) + "\n")
