"""What readers of personal digests share: the same topics in the same language, one edition."""

import hashlib
from collections.abc import Iterable, Sequence


def signature_key(topic_ids: Iterable[int], language: str) -> str:
    """SHA-256, hexadecimal, of the set of topics and the language."""
    topics = ",".join(str(topic) for topic in sorted(set(topic_ids)))
    return hashlib.sha256(f"{topics}|{language}".encode()).hexdigest()


def title_of(topic_names: Sequence[str]) -> str:
    """A title for a personal digest: the topics by name, as many as fit a subject line."""
    if not topic_names:
        return "Your topics"
    first, *rest = topic_names
    if not rest:
        return first
    if len(rest) == 1 and len(first) + len(rest[0]) <= 70:
        return f"{first} and {rest[0]}"
    return f"{first} and {len(rest)} more"
