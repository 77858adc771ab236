"""An article as its topics are matched against it: one line of folded tokens, made in one go.

Tokens are joined by single spaces, the title first, then a gap that no phrase crosses, then the
text. A term becomes a needle in that line: ``" peace talks "`` with a space where a word must end,
none where a script has no word borders. So phrases, beginnings of words and terms in any script
are found by one automaton, at one cost.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, chain

from digest.newsdesk.stories.text.words import fold, is_unspaced, primary, tokens

GAP = "\x00"
GAP_WORDS = 100
"""How far apart title and text are, in words: farther than any near reaches."""

# fmt: off
PARTICLES = frozenset([
    "은", "는", "이", "가", "을", "를", "의", "에", "에서", "에게", "에게서", "에는", "에도",
    "에서는", "에서도", "께", "께서", "와", "과", "와의", "과의", "도", "만", "만이", "로",
    "으로", "로의", "으로의", "로서", "으로서", "로써", "으로써", "로부터", "으로부터", "부터",
    "부터는", "까지", "까지도", "까지의", "보다", "처럼", "마다", "마저", "조차", "나", "이나",
    "라도", "이라도", "란", "이란", "라는", "이라는", "라고", "이라고", "인", "이다", "다",
    "이며", "며", "이고", "고", "이지만", "에서의", "에의", "측", "측은", "측이", "측의", "하고",
    "와는", "과는", "와도", "과도", "뿐", "들", "들은", "들이", "들을", "들의",
])
# fmt: on
"""What may cling to a Korean word without making it another word."""

_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]+")
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
)
_HAN = re.compile("[\u4e00-\u9fff]+")
_BREAKS = re.compile("[\u3000-\u3004\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f“”…]+")
"""Punctuation that ends a token, in the scripts whose pieces are whole sentences."""
_LONGEST_KEPT = 40
_MOST_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class ArticleText:
    """What of an article is matched. ``names``: its outlet and the agency it credits."""

    title: str
    text: str = ""
    language: str = ""
    names: tuple[str, ...] = ()


def is_hangul(token: str) -> bool:
    """Whether a folded token is a Korean word: written with spaces, and with particles."""
    return _HANGUL.fullmatch(token) is not None


class ArticleWords:
    """An article's tokens and its line. Places of tokens are counted only when asked for."""

    __slots__ = (
        "_starts", "_steps", "language", "line", "names", "title_end", "title_tokens", "tokens"
    )  # fmt: skip

    def __init__(self, reading: ArticleText) -> None:
        self.language = primary(reading.language)
        self.names = reading.names
        self.title_tokens = split(reading.title)
        self.tokens = [*self.title_tokens, GAP, *split(reading.text)]
        self.line = f" {' '.join(self.tokens)} "
        self.title_end = sum(map(len, self.title_tokens)) + len(self.title_tokens)
        """Where in the line the title's last token is followed by its space."""
        self._starts: list[int] = []
        self._steps: list[int] = []

    @property
    def starts(self) -> list[int]:
        """Where in the line each token begins."""
        if not self._starts:
            ends = accumulate(len(token) + 1 for token in self.tokens)
            self._starts = [1, *(1 + end for end in ends)][:-1]
        return self._starts

    def step(self, offset: int) -> int:
        """The number of words before ``offset`` in the line.

        In scripts without spaces two characters count as a word.
        """
        if not self._steps:
            self._steps = [0, *accumulate(map(_words_in, self.tokens))]
        at = max(0, bisect_right(self.starts, offset) - 1)
        inner = (offset - self.starts[at]) // 2 if _words_in(self.tokens[at]) > 1 else 0
        return self._steps[at] + (0 if self.tokens[at] == GAP else max(0, inner))


def split(text: str) -> list[str]:
    """The folded tokens of ``text`` in order; a run of a script without spaces is one."""
    return list(chain.from_iterable(map(_KEPT.__getitem__, text.split())))


class _Kept(dict[str, tuple[str, ...]]):
    """Tokens by the piece of text between two spaces: the same few make up most of the news."""

    def __missing__(self, piece: str) -> tuple[str, ...]:
        if len(piece) > _LONGEST_KEPT:
            return tuple(
                token
                for part in _BREAKS.split(piece)
                for token in ((part,) if _HAN.fullmatch(part) else tokens(fold(part)))
            )
        made = tuple(tokens(fold(piece)))
        if len(self) >= _MOST_KEPT:
            self.clear()
        self[piece] = made
        return made


_KEPT = _Kept()


def _words_in(token: str) -> int:
    if token == GAP:
        return GAP_WORDS
    if token.isascii() or not is_unspaced(token) or not _NO_SPACES.search(token):
        return 1
    return max(1, len(token) // 2)
