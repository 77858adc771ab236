"""Where pigeons land when nobody may be reached: in a loft of the machine's own."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from digest.outbound.channels.stand_in import (
    StandIn,
    StandInPlace,
    TakenMessage,
    TakenMessages,
    moment,
)


def settings(place: StandInPlace) -> Mapping[str, str]:
    """The loft is a folder, so nothing has to run."""
    return {"DIGEST_PIGEON_LOFT": str(place.folder), "DIGEST_PIGEON_SECRET": "coo"}


def taken(folder: Path, limit: int) -> TakenMessages:
    """Every slip in the loft."""
    found = [
        TakenMessage(path.stem, slip["ring"], moment(at), "slip", pieces=(("plain", slip["slip"]),))
        for at, path, slip in sorted(_slips(folder), key=lambda each: each[0], reverse=True)
    ]
    return TakenMessages(len(found), tuple(found[:limit]))


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Rings and slips."""
    for _, _, slip in _slips(folder):
        yield slip["ring"], slip["slip"]


def _slips(folder: Path) -> Iterator[tuple[float, Path, dict[str, Any]]]:
    for path in folder.glob("*.json"):
        yield path.stat().st_mtime, path, json.loads(path.read_text(encoding="utf-8"))


STAND_IN = StandIn(settings, taken, texts, readers=("SG-2026-0042", "SG-2026-0043"))
