"""The data folder: private to nobody's home as root, writable, with room."""

import os
import shutil
import tempfile
from pathlib import Path

from digest.kit.doctor.finding import Finding, error, ok, warning

_LITTLE, _NONE = 2 * 1024**3, 200 * 1024**2
_SUBJECT = "data folder"


def folder(home: Path, *, as_root: bool | None = None) -> list[Finding]:
    """Look at ``home`` and the disk under it."""
    return [place(home, as_root=as_root), _writable(home), _room(home)]


def place(home: Path, *, as_root: bool | None = None) -> Finding:
    """Judge where ``home`` lies; by default for who runs this process."""
    as_root = os.geteuid() == 0 if as_root is None else as_root
    private = next((p for p in (Path("/root"), Path("/home")) if home.is_relative_to(p)), None)
    if as_root and private:
        return error(
            _SUBJECT,
            f"{home} lies in {private}, and the service runs as root: the embedded PostgreSQL"
            " makes every folder above its data readable to all.",
            "Set DIGEST_HOME to a folder under /var/lib/digest, or run as a user of its own.",
        )
    return ok(_SUBJECT, str(home))


def _writable(home: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=home):
            return ok("data folder rights", "Files can be written.")
    except OSError as failure:
        return error(
            "data folder rights",
            f"{home} cannot be written: {failure.strerror}.",
            "Make the folder, and give it to the user that runs the service.",
        )


def _room(home: Path) -> Finding:
    try:
        free = shutil.disk_usage(home).free
    except OSError as failure:
        return warning("disk", f"Its room is not known: {failure.strerror}.", "Make the folder.")
    words = f"{free / 1024**3:,.1f} GiB are free."
    if free < _NONE:
        return error("disk", words, "Make room: PostgreSQL stops when the disk is full.")
    if free < _LITTLE:
        return warning("disk", words, "Make room, or move DIGEST_HOME to a larger disk.")
    return ok("disk", words)
