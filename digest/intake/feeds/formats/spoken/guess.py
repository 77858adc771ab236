"""Which language entries are in, guessed where they are read.

The model is asked about the first entries of a document. Where they agree, the others are asked
about only if they depart from the words that those have in common: most feeds speak one language,
and the model is what costs most.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from digest.intake.feeds.formats import incremental
from digest.intake.feeds.formats.entries import Entry, NewEntries, NotAFeed
from digest.intake.feeds.formats.spoken import model

Guess = tuple[str, float]
Classify = Callable[[Sequence[str]], list[Guess]]
# Fewer letters say nothing of any language.
LEAST_LETTERS = 20
_SAMPLE = 6
_SURE = 0.8
# Of what is usual in the sample, how much an entry may lack of the words they share.
_USUAL = 0.75
_LEAST_SHARE = 0.2
_MARKUP = 6_000
_TEXT = 800
_TAG = re.compile(
    r"<(?:script|style)\b.*?(?:</(?:script|style)[^>]*>|\Z)|<[^<>]*>", re.I | re.DOTALL
)
_WORD = re.compile(r"[^\W\d_]+")


def read(
    body: bytes,
    headers: Mapping[str, str],
    url: str,
    seen: frozenset[bytes] = frozenset(),
    fast: bool = True,
) -> NewEntries | NotAFeed:
    """As :func:`digest.intake.feeds.formats.incremental.read`, its entries with a guess each."""
    found = incremental.read(body, headers, url, seen, fast)
    if isinstance(found, NotAFeed) or not found.parsed.entries:
        return found
    entries = found.parsed.entries
    guesses = guessed([spoken(entry) for entry in entries], model.classify)
    guessing = (
        entry if guess is None else entry.guessed(guess)
        for entry, guess in zip(entries, guesses, strict=True)
    )
    return replace(found, parsed=replace(found.parsed, entries=tuple(guessing)))


def get_ready() -> None:
    """Load what no document should pay for."""
    model.get_ready()


def spoken(entry: Entry) -> str:
    """The words of an entry, roughly: as many as tell a language."""
    words = max(entry.content, entry.summary, key=len)[:_MARKUP]
    return html.unescape(_TAG.sub(" ", f"{entry.title}\n{words}"))[:_TEXT]


def guessed(texts: Sequence[str], classify: Classify) -> list[Guess | None]:
    """For each text a language and its probability; None for those that say too little."""
    found: list[Guess | None] = [None] * len(texts)
    enough = [place for place, text in enumerate(texts) if len(text) >= LEAST_LETTERS]
    sample, others = enough[:_SAMPLE], enough[_SAMPLE:]
    for place, guess in zip(sample, classify([texts[place] for place in sample]), strict=True):
        found[place] = guess
    if not others:
        return found
    guesses = [each for each in found if each is not None]
    settled = _Settled.of([texts[place] for place in sample], guesses)
    asked = [place for place in others if settled is None or settled.departs(texts[place])]
    for place, guess in zip(asked, classify([texts[place] for place in asked]), strict=True):
        found[place] = guess
    for place in others:
        if found[place] is None and settled is not None:
            found[place] = settled.guess
    return found


class _Settled:
    """The language of a document's first entries, known by the words that several share."""

    def __init__(self, guess: Guess, words: frozenset[str], usual: float) -> None:
        self.guess = guess
        self._words = words
        self._least = max(_LEAST_SHARE, usual * _USUAL)

    @classmethod
    def of(cls, texts: Sequence[str], guesses: Sequence[Guess]) -> "_Settled | None":
        """None where the guesses differ or are unsure, or the texts have too little in common."""
        if len({language for language, _ in guesses}) != 1 or min(p for _, p in guesses) < _SURE:
            return None
        split = [_words(text) for text in texts]
        held = Counter(word for words in split for word in set(words))
        # Each by the words of the others, or it would know its own.
        shares = [
            _share(words, frozenset(w for w, count in held.items() if count - (w in own) >= 2))
            for words, own in ((words, set(words)) for words in split)
        ]
        usual = sum(shares) / len(shares)
        if usual < _LEAST_SHARE:
            return None
        common = frozenset(word for word, count in held.items() if count >= 2)
        return cls((guesses[0][0], min(p for _, p in guesses)), common, usual)

    def departs(self, text: str) -> bool:
        """Whether it has so few of the words that it may be in another language."""
        return _share(_words(text), self._words) < self._least


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _share(words: Sequence[str], known: frozenset[str]) -> float:
    return sum(map(known.__contains__, words)) / len(words) if words else 0.0
