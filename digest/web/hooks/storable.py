"""A webhook's body as PostgreSQL can hold it (pure)."""

import json
from typing import Any


def storable(body: dict[str, Any]) -> dict[str, Any]:
    """``body`` without the one character that PostgreSQL's text cannot hold."""
    return json.loads(json.dumps(body).replace("\\u0000", ""))  # type: ignore[no-any-return]
