"""Whether there is a loft."""

from pathlib import Path
from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import Finding, error, ok


def check(config: Any, ask: Ask) -> list[Finding]:
    """One finding; nothing is sent."""
    loft = config.DIGEST_PIGEON_LOFT
    if not loft or not Path(loft).is_dir():
        return [error("Pigeon", "There is no loft.", "Set DIGEST_PIGEON_LOFT to a folder.")]
    return [ok("Pigeon", f"The loft is {loft}.")]
