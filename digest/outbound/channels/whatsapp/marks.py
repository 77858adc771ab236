"""WhatsApp's own marks, read the way its app reads them."""

import re

# WhatsApp's own marks, https://faq.whatsapp.com/539178204879377
_MARKS = re.compile(
    r"(?P<url>https?://\S+)|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
)


def spoken(text: str) -> tuple[tuple[str, str], ...]:
    """``text`` in pieces of (``plain``, ``bold``, ``italic`` or ``url``, words)."""
    pieces: list[tuple[str, str]] = []
    end = 0
    for match in _MARKS.finditer(text):
        if match.start() > end:
            pieces.append(("plain", text[end : match.start()]))
        kind = match.lastgroup or "plain"
        pieces.append((kind, match.group(kind)))
        end = match.end()
    if end < len(text):
        pieces.append(("plain", text[end:]))
    return tuple(pieces)
