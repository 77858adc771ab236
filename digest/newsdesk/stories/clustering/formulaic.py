"""Outlets whose titles are one template, and what of such a title tells one event from another.

``Difference between revisions of …``, ``Buy … online at …``, ``$1,200 / 2br - …``: change lists,
shops, notices and programme pages fill the same form again and again. Their items share most of
their words, and are on no event together. What an outlet writes in most of its titles is no
evidence among them: it is taken off before a title is read, and off the text too. A page of links
has titles of their own and one text (``Article URL: … Points: …``): it is taken off such texts.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.text.words import fold, tokens

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class FormulaSetting:
    """When titles are one template."""

    kept: int = 40
    """Latest items of an outlet that are remembered."""
    least: int = 6
    """Items before anything is said."""
    common: float = 0.6
    """The share of the titles in which a word stands that is of their form."""
    share: float = 0.45
    """How much of its titles, by letters, such words are in an outlet that fills a form."""
    usual: float = 0.2
    """The share of an outlet's items from which on a word tells nothing of them, where a form is
    filled."""
    text: int = 600
    """Characters of a text in which such words are counted."""
    probed: int = 300
    """Characters of a text by which it is seen whether it fills a form,"""
    probes: int = 12
    """against so many of its outlet's,"""
    seldom: int = 8
    """of which, after the first, one in so many is kept."""
    often: float = 0.5
    """The share of these in which a word stands that is of their form: others may be written."""
    outlets: int = 4_096
    """Outlets that are remembered, those that last wrote."""


class _Outlet:
    """The latest titles of an outlet as sets of words, and how many hold each word."""

    def __init__(self, kept: int, probes: int) -> None:
        self.titles: deque[frozenset[str]] = deque(maxlen=kept)
        self.texts: deque[frozenset[str]] = deque(maxlen=kept)
        self.in_titles: Counter[str] = Counter()
        self.in_texts: Counter[str] = Counter()
        self.shares: deque[float] = deque(maxlen=kept)
        self.probes: deque[frozenset[str]] = deque(maxlen=probes)
        self.in_probes: Counter[str] = Counter()
        self.probe_letters: deque[int] = deque(maxlen=probes)
        self.probe_fills = False
        self.noted = 0


class Formulaic:
    """What the outlets of one shard wrote last."""

    def __init__(self, setting: FormulaSetting) -> None:
        self.setting = setting
        self._outlets: dict[str, _Outlet] = {}
        self._foreseen: set[int] = set()

    def foresee(self, coming: Iterable[Arrival]) -> None:
        """Hear of articles that arrive next: among the first of an outlet it is known at once what
        all of them have."""
        for arrival in coming:
            self.note(arrival.source, arrival.title, arrival.text)
            self._foreseen.add(arrival.id)

    def bared(self, arrival: Arrival) -> Arrival:
        """An article that arrives, without what only fills its outlet's form."""
        if arrival.id in self._foreseen:
            self._foreseen.discard(arrival.id)
        else:
            self.note(arrival.source, arrival.title, arrival.text)
        title, text = self.bare(arrival.source, arrival.title, arrival.text)
        if title is arrival.title and text is arrival.text:
            return arrival
        return replace(arrival, title=title, text=text)

    def note(self, source: str, title: str, text: str) -> None:
        """Take an item into what its outlet wrote last."""
        if not source:
            return
        s, outlet = self.setting, self._outlet(source)
        forms, many = _forms(title), len(outlet.titles)
        if many:
            often = s.common * many
            held = outlet.in_titles.get
            shared = sum(len(each) for each in forms if held(each, 0) >= often)
            outlet.shares.append(shared / (sum(map(len, forms)) or 1))
        _note(outlet.titles, outlet.in_titles, frozenset(forms))
        outlet.noted += 1
        if outlet.noted <= s.probes or outlet.noted % s.seldom == 0:
            probe = frozenset(_forms(text[: s.probed]))
            _note(outlet.probes, outlet.in_probes, probe)
            outlet.probe_letters.append(sum(map(len, probe)))
            outlet.probe_fills = self._one_probe_fills(outlet)
        if self._fills(outlet):
            _note(outlet.texts, outlet.in_texts, frozenset(_forms(text[: s.text])))

    def bare(self, source: str, title: str, text: str) -> tuple[str, str]:
        """An item's title and text without what only fills its outlet's form."""
        outlet = self._outlets.get(source)
        if outlet is None:
            return title, text
        if not self._fills(outlet):
            return title, self._bare_text(outlet, text) if outlet.probe_fills else text
        s = self.setting
        head = _left(title, outlet.in_titles, s.usual * len(outlet.titles))
        if len(outlet.texts) < s.least:
            return head, text
        usual = s.usual * len(outlet.texts)
        return head, f"{_left(text[: s.text], outlet.in_texts, usual)} {text[s.text :]}".strip()

    def _bare_text(self, outlet: _Outlet, text: str) -> str:
        """A text under a title of its own, without what most of its outlet's have if that is most
        of it; a line of a few words is no form."""
        s, many = self.setting, len(outlet.probes)
        forms = _forms(text[: s.probed])
        if len(forms) < s.least:
            return text
        shared = sum(len(each) for each in forms if outlet.in_probes[each] >= s.often * many)
        if shared < s.share * sum(map(len, forms)):
            return text
        return f"{_left(text[: s.text], outlet.in_probes, s.usual * many)} {text[s.text :]}".strip()

    def _one_probe_fills(self, outlet: _Outlet) -> bool:
        """Whether any text that is kept fills a form: half of them hold each of its words. Asked
        only when one is kept, so that the texts of an outlet that writes are not read for it."""
        s, many = self.setting, len(outlet.probes)
        if many < s.least:
            return False
        common = {each for each, held in outlet.in_probes.items() if held >= s.often * many}
        most = sum(map(len, common))
        for probe, letters in zip(outlet.probes, outlet.probe_letters, strict=True):
            least = s.share * letters
            enough = most >= least and len(probe) >= s.least
            if enough and sum(map(len, probe & common)) >= least:
                return True
        return False

    def _fills(self, outlet: _Outlet) -> bool:
        enough = len(outlet.titles) >= self.setting.least
        return enough and sum(outlet.shares) >= self.setting.share * len(outlet.shares)

    def _outlet(self, source: str) -> _Outlet:
        found = self._outlets.pop(source, None) or _Outlet(self.setting.kept, self.setting.probes)
        self._outlets[source] = found
        if len(self._outlets) > self.setting.outlets:
            del self._outlets[next(iter(self._outlets))]
        return found


def _form(token: str) -> str:
    """A word as its form: numbers are one."""
    return token if token.isalpha() else _DIGITS.sub("#", token)


def _forms(text: str) -> list[str]:
    return [_form(each) for each in tokens(fold(text))]


def _left(text: str, counts: Counter[str], usual: float) -> str:
    """The words of a text that fewer items have than ``usual``."""
    return " ".join(each for each in tokens(fold(text)) if counts[_form(each)] < usual)


def _note(latest: deque[frozenset[str]], counts: Counter[str], words: frozenset[str]) -> None:
    if len(latest) == latest.maxlen:
        for gone in latest[0]:
            held = counts[gone]
            if held > 1:
                counts[gone] = held - 1
            else:
                del counts[gone]
    latest.append(words)
    counts.update(words)
