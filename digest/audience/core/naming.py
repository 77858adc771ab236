"""What on offer a reader's own words mean: a slug, a name in any language, or a word of it (pure).

The closest sense counts: the whole name, then whole words, then the beginnings of words, then words
that end otherwise. What fits several things equally well means none of them.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from digest.audience.core.spoken import folded, is_spaceless, plain
from digest.audience.kinds import OnOffer

# "ko" begins too many words; in Han and Hangul two signs are a word.
_LEAST, _LEAST_SPACELESS, _LEAST_STEM = 3, 2, 4
_ARTICLE = "ال"  # Arabic writes it as one word with what it belongs to.


def named(rest: str, on_offer: Iterable[OnOffer]) -> tuple[str, ...]:
    """The keys of what ``rest`` names: of one thing, or of all that are called exactly so.

    Empty when it is nothing's name, or might be that of several.
    """
    offered = tuple(on_offer)
    exact = exactly(rest, offered)
    if exact:
        return exact
    for sense in (_has_words, _has_beginnings, _has_stems):
        found = _fitting(rest, offered, sense)
        if found:
            return found if len(found) == 1 else ()
    return ()


def exactly(rest: str, on_offer: Iterable[OnOffer]) -> tuple[str, ...]:
    """The keys of what has ``rest`` for its slug or for its name in some language."""
    told = {folded(rest), plain(rest)}
    return tuple(each.key for each in on_offer if rest and told.intersection(_labels(each)))


def begun_by(rest: str, on_offer: Iterable[OnOffer]) -> tuple[str, ...]:
    """The key of the one topic whose slug or name begins so, word by word; else nothing."""
    asked = plain(rest).split()

    def begins(_: list[str], label: str) -> bool:
        return all(
            len(word) >= _LEAST and own.startswith(word)
            for word, own in zip(asked, label.split(), strict=False)
        ) and len(asked) <= len(label.split())

    topics = (each for each in on_offer if each.kind == "topics")
    found = _fitting(rest, tuple(topics), begins)
    return found if len(found) == 1 else ()


def _fitting(
    rest: str, offered: tuple[OnOffer, ...], sense: Callable[[list[str], str], bool]
) -> tuple[str, ...]:
    asked = plain(rest).split()
    return tuple(
        each.key
        for each in offered
        if asked and any(sense(asked, label) for label in _labels(each))
    )


@lru_cache(maxsize=2_000)
def _labels(each: OnOffer) -> tuple[str, ...]:
    own = (each.slug, each.name, *(name for _, name in each.names))
    if each.kind == "alerts":
        own = (each.name, "alerts", "breaking")
    found = dict.fromkeys(form for name in own for form in (folded(name), plain(name)) if form)
    return tuple(found)


def _words(label: str) -> list[str]:
    own = label.split()
    return own + [each.removeprefix(_ARTICLE) for each in own if each.startswith(_ARTICLE)]


def _has_words(asked: list[str], label: str) -> bool:
    return all(each in _words(label) for each in asked)


def _has_beginnings(asked: list[str], label: str) -> bool:
    together = "".join(asked)
    if is_spaceless(together):
        return len(together) >= _LEAST_SPACELESS and together in label.replace(" ", "")
    return all(
        len(each) >= _LEAST and any(own.startswith(each) for own in _words(label)) for each in asked
    )


def _has_stems(asked: list[str], label: str) -> bool:
    return not is_spaceless("".join(asked)) and all(
        len(each) > _LEAST_STEM and any(own.startswith(each[:-1]) for own in _words(label))
        for each in asked
    )
