"""What readers of personal digests share: the same topics in the same language, one edition."""

import hashlib
from collections.abc import Iterable, Sequence


def signature_key(topic_ids: Iterable[int], language: str) -> str:
    """SHA-256, hexadecimal, of the set of topics and the language."""
    topics = ",".join(str(topic) for topic in sorted(set(topic_ids)))
    return hashlib.sha256(f"{topics}|{language}".encode()).hexdigest()


def title_of(topic_names: Sequence[str]) -> str:
    """A title for a personal digest: the topics by name, as many as fit a subject line."""
    match list(topic_names):
        case []:
            return "Your topics"
        case [one]:
            return one
        case [one, two] if len(one) + len(two) <= 70:
            return f"{one} and {two}"
        case [one, *rest]:
            return f"{one} and {len(rest)} more"
