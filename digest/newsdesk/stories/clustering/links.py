"""An editor's word that two articles must, or cannot, be one story."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class EditorLinks:
    """Linked articles by article, both ways."""

    must: dict[int, set[int]] = field(default_factory=dict)
    cannot: dict[int, set[int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, must: Iterable[tuple[int, int]], cannot: Iterable[tuple[int, int]]
    ) -> "EditorLinks":
        """Links from pairs of article ids."""
        links = cls()
        for table, pairs in ((links.must, must), (links.cannot, cannot)):
            for one, other in pairs:
                table.setdefault(one, set()).add(other)
                table.setdefault(other, set()).add(one)
        return links


def settle(
    links: EditorLinks, story_of: Mapping[int, int], at: Mapping[int, float]
) -> Iterator[tuple[int, int | None]]:
    """The moves that make labels obey ``links``: an article, and whom it joins (None: nobody).

    ``story_of`` is read anew after each move, which the caller makes before asking for the next.
    Parting comes first: the younger of two that cannot be together leaves. Then each must-link
    brings the younger article's whole story over, but for those that cannot go.
    """
    for one, other in _pairs(links.cannot, story_of):
        if story_of[one] == story_of[other]:
            leaver = max(one, other, key=lambda each: (at[each], each))
            yield leaver, None
    for one, other in _pairs(links.must, story_of):
        if story_of[one] == story_of[other]:
            continue
        stays, goes = sorted((one, other), key=lambda each: (at[each], each))
        movers = sorted(article for article in story_of if story_of[article] == story_of[goes])
        for article in movers:
            here = {each for each in links.cannot.get(article, ()) if each in story_of}
            if article == goes or not any(story_of[each] == story_of[stays] for each in here):
                yield article, stays


def _pairs(table: Mapping[int, set[int]], live: Mapping[int, int]) -> list[tuple[int, int]]:
    return sorted(
        (one, other)
        for one, others in table.items()
        for other in others
        if one < other and one in live and other in live
    )
