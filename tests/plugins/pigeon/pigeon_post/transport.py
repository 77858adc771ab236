"""Hands slips over: each becomes a file in the loft, which the loft's keeper reads."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest.outbound.channels.base import Intend, Receipt, Rejected, Unreachable
from digest.outbound.messages.message import CONFIRM, UNSUBSCRIBE, Act, Copy


@dataclass(frozen=True, slots=True)
class Pigeons:
    """The channel ``pigeon``. ``loft`` is an existing folder."""

    loft: Path
    name: str = "pigeon"

    async def open(self) -> None:
        """Nothing to do: pigeons are always ready."""

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        """Write, rewrite or take away one slip. Raises a ChannelError."""
        if not self.loft.is_dir():
            raise Unreachable(f"There is no loft at {self.loft}: set DIGEST_PIGEON_LOFT.")
        if "-" not in copy.to.value:
            raise Rejected("no such ring", permanent=True, recipient=True)
        # What takes an earlier slip's place keeps its name.
        name = copy.earlier if copy.act is not Act.SEND else copy.key
        file = self.loft / f"{name}.json"
        intend()
        if copy.act is Act.WITHDRAW:
            file.unlink(missing_ok=True)
            return Receipt(200, "taken away", name)
        said = copy.words.fields["slip"]
        for place, link in ((CONFIRM, copy.links.confirm), (UNSUBSCRIBE, copy.links.unsubscribe)):
            said = said.replace(place, link)
        document = {"ring": copy.to.value, "copy": copy.key, "slip": said}
        file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return Receipt(200, "flown", name)

    async def close(self) -> None:
        """Nothing to do."""


def pigeon(config: Any) -> Pigeons:
    """The channel as the settings describe it."""
    return Pigeons(Path(config.DIGEST_PIGEON_LOFT or "no-loft"))
