"""A file handed to Meta beside a template: the Resumable Upload API, in two requests.

``POST /{app}/uploads`` opens a session for a file of a certain name, size and kind; its bytes are
posted to the session, and the handle that comes back is what a template names as its sample.
https://developers.facebook.com/docs/graph-api/guides/upload
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from digest.outbound.channels.provider_templates import TemplatesRefused
from digest.outbound.channels.report import text

KINDS = {".png": "image/png", ".jpg": "image/jpeg"}

Ask = Callable[..., Awaitable[dict[str, Any]]]


async def uploaded(file: Path, app: str, token: str, ask: Ask) -> str:
    """The handle of ``file``. ``ask`` is told method, path, and what aiohttp wants besides.

    Raises :class:`TemplatesRefused` and Unreachable.
    """
    data = await asyncio.to_thread(file.read_bytes)
    told = {
        "file_name": file.name,
        "file_length": str(len(data)),
        "file_type": KINDS[file.suffix],
    }
    session = text((await ask("POST", f"{app}/uploads", params=told)).get("id"))
    if not session.startswith("upload:"):
        raise TemplatesRefused("Meta opened no session for the sample picture.")
    # This one request wants another word before the token than all others.
    headers = {"Authorization": f"OAuth {token}", "file_offset": "0"}
    handle = (await ask("POST", session, data=data, headers=headers)).get("h")
    if not isinstance(handle, str) or not handle:
        raise TemplatesRefused("Meta gave no handle for the sample picture.")
    return handle
