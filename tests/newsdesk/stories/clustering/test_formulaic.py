"""Outlets that fill a form are told from outlets that write, and their items from one another."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from digest.newsdesk.stories.clustering import formulaic
from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.clustering.formulaic import Formulaic, FormulaSetting
from digest.newsdesk.stories.text.words import tokens
from tests.newsdesk.stories.planted import planted

_PLACES = "Oakland Richmond Alameda Berkeley Hayward Fremont Concord Antioch Pinole Vallejo Novato"
_PAGES = "Tahoma Helvetica Garamond Caslon Futura Bodoni Sabon Optima Rockwell Didot Palatino"
_MAKES = "Kobalt Ventus Larkin Moravec Tessel Orbis Quill Darnel Fenwick Galt Hesper"


def changes() -> Iterator[str]:
    for at, page in enumerate(_PAGES.split()):
        yield f"Difference between revisions of “{page}” (revision {4_000 + at})"


def rooms() -> Iterator[str]:
    for at, place in enumerate(_PLACES.split()):
        yield f"${900 + 35 * at} / {1 + at % 3}br - Apartment for rent near shops ({place})"


def shop() -> Iterator[str]:
    for at, make in enumerate(_MAKES.split()):
        yield f"Buy {make} X{at} online: best price, free delivery today"


def programmes() -> Iterator[str]:
    for at in range(11):
        yield f"Nachrichten am Mittag vom {at + 1}. 3. 2025, ganze Sendung"


@pytest.mark.parametrize("form", [changes, rooms, shop, programmes])
def test_items_that_fill_one_form_are_not_one_story(form: object) -> None:
    assert callable(form)
    clusterer = Clusterer()
    for each in planted(120, days=1):
        clusterer.arrive(replace(each.arrival, id=each.arrival.id + 1_000))
    now = clusterer.clock
    coming = [
        Arrival(at, now + 60 * at, title, "", "en", "The form") for at, title in enumerate(form())
    ]
    clusterer.formulaic.foresee(coming)
    for arrival in coming:
        clusterer.arrive(arrival)
    clusterer.repair()
    assert len({clusterer.story_of[each.id] for each in coming}) == len(coming)


def test_two_changes_of_one_page_still_meet_by_its_name() -> None:
    known = Formulaic(FormulaSetting())
    for title in changes():
        known.note("Wiki", title, "")
    left, _ = known.bare("Wiki", "Difference between revisions of “Zapfino” (revision 5)", "")
    assert left == "zapfino"


def test_an_outlet_that_writes_keeps_its_titles() -> None:
    known = Formulaic(FormulaSetting())
    for each in planted(200, days=2):
        title = f"{each.arrival.title} - The Daily Planet"
        known.note("Planet", title, "Some text.")
        assert known.bare("Planet", title, "Some text.") == (title, "Some text.")


def test_an_outlet_on_one_subject_keeps_the_name_of_it() -> None:
    known = Formulaic(FormulaSetting())
    for each in planted(60, days=2):
        title = f"Ukraine: {each.arrival.title}"
        known.note("Front", title, "")
        assert known.bare("Front", title, "")[0] == title


def test_another_outlet_may_use_the_same_words() -> None:
    known = Formulaic(FormulaSetting())
    for title in shop():
        known.note("Shop", title, "")
    title = "Buy now? Best price for delivery of gas today"
    assert known.bare("Wire", title, "") == (title, "")


def test_the_outlets_that_are_remembered_are_bounded() -> None:
    known = Formulaic(FormulaSetting(outlets=3))
    for at in range(10):
        known.note(f"Outlet {at}", "A title", "")
    assert len(known._outlets) == 3


def test_titles_of_their_own_are_not_one_story_for_texts_that_fill_a_form() -> None:
    clusterer = Clusterer()
    told = [each.arrival for each in planted(132, days=1)]
    for each in told[:120]:
        clusterer.arrive(replace(each, id=each.id + 1_000))
    makes, places = _MAKES.split(), _PLACES.split()
    coming = [
        Arrival(
            at,
            clusterer.clock + 600 * at,
            f"{makes[at]} {places[at]}",
            f"Article URL: https://example.org/{at} Comments URL: https://pages.example.net/"
            f"item?id={48_000_000 + 977 * at} Points: {40 + 7 * at} # Comments: {3 * at}",
            "en",
            "The page",
        )
        for at in range(11)
    ]
    clusterer.formulaic.foresee(coming)
    for arrival in coming:
        clusterer.arrive(arrival)
    clusterer.repair()
    assert len({clusterer.story_of[each.id] for each in coming}) == len(coming)


def test_an_outlet_that_writes_keeps_its_texts_and_its_own_words_between_forms() -> None:
    prose = (
        "The council of the harbour town voted on Tuesday to close the old bridge to lorries.",
        "A ferry ran aground off the northern coast, and all of its passengers were taken ashore.",
        "Farmers in the valley say that the frost has cost them most of the apple harvest.",
        "The minister of health resigned after the report on the hospitals was published.",
        "Two climbers were found alive on the glacier after a search that took four days.",
        "The central bank left its rate as it was, and said that prices would fall in spring.",
        "Students in the capital have ended the strike that began at the start of the month.",
        "An orchestra that nobody had heard of won the prize for the recording of the year.",
    )
    known = Formulaic(FormulaSetting())
    for at, text in enumerate(prose):
        known.note("Paper", f"{_MAKES.split()[at]} {at}", text)
        known.note("Page", _PAGES.split()[at], f"Article URL: https://example.org/{at} Points: 3")
        known.note("Page", _PLACES.split()[at], f"Article URL: https://example.net/{at} Points: 9")
    for text in prose:
        assert known.bare("Paper", "Kobalt", text) == ("Kobalt", text)
        assert known.bare("Page", "Kobalt", text) == ("Kobalt", text)
    _, left = known.bare("Page", "Kobalt", "Article URL: https://kobalt.example/77 Points: 5")
    assert left == "kobalt"


def test_of_an_outlet_that_writes_one_text_in_eight_is_read_for_a_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def watched(folded: str) -> list[str]:
        read.append(folded)
        return tokens(folded)

    monkeypatch.setattr(formulaic, "tokens", watched)
    known, setting = Formulaic(FormulaSetting()), FormulaSetting()
    for each in planted(400, days=1):
        arrival = replace(each.arrival, source="Paper", title="")
        assert known.bared(arrival).text == arrival.text
    texts = [each for each in read if each]
    assert len(texts) <= setting.probes + 400 / setting.seldom
