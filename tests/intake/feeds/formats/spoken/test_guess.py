"""The model is asked about a feed's first entries, and about those that depart from them."""

from collections.abc import Sequence

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from digest.intake.feeds.formats.entries import NewEntries
from digest.intake.feeds.formats.spoken import model
from digest.intake.feeds.formats.spoken.guess import Guess, guessed, read, spoken
from digest.kit.apart.process import Apart
from tests.fakes.feeds import item, rss

URL = "https://harbour.example/rss"
ENGLISH = [
    f"The {what} said on Monday that the plan for the {where} would be put to a vote, and that it"
    f" was not yet known how much of the money was to come from the state."
    for what in ("council", "mayor", "union", "port", "ministry")
    for where in ("harbour", "bridge", "school", "hospital")
]
OTHERS = {
    "de": "Die Regierung hat am Montag mitgeteilt, dass die neuen Regeln erst im Januar gelten.",
    "fr": "Le gouvernement a annoncé lundi que les nouvelles règles seront appliquées en janvier.",
    "nl": "De regering heeft maandag gezegd dat de nieuwe regels pas in januari zullen gelden.",
    "es": "El gobierno anunció el lunes que las nuevas reglas se aplicarán a partir de enero.",
}


class Asked:
    """A model that remembers what it was asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[Guess]:
        self.texts += texts
        return model.classify(texts)


def test_a_feed_of_one_language_asks_about_its_first_entries_alone() -> None:
    asked = Asked()
    found = guessed(ENGLISH, asked)
    assert [each[0] for each in found if each] == ["en"] * len(ENGLISH)
    assert len(asked.texts) <= 6


@pytest.mark.parametrize("language", OTHERS)
def test_an_entry_in_another_language_is_noticed(language: str) -> None:
    found = guessed([*ENGLISH, OTHERS[language]], Asked())
    assert found[-1] is not None and found[-1][0] == language


def test_feeds_of_several_languages_are_asked_about_throughout() -> None:
    texts = [text for pair in zip(ENGLISH, [*OTHERS.values()] * 5, strict=True) for text in pair]
    asked = Asked()
    assert guessed(texts, asked) == model.classify(texts)
    assert asked.texts == texts


def test_too_few_letters_are_no_guess() -> None:
    assert guessed(["", "Ferry", "12345"], Asked()) == [None] * 3
    assert guessed([], Asked()) == []


def test_words_are_told_from_scripts_and_tags() -> None:
    body = rss(item(1, title="Ferry", extra="<description>&lt;script>var das = 1&lt;/script>"
                    "&lt;p>On &amp;amp; off&lt;/p></description>"))  # fmt: skip
    found = read(body, {}, URL)
    assert isinstance(found, NewEntries)
    assert spoken(found.parsed.entries[0]).split() == ["Ferry", "On", "&", "off"]


def test_the_compact_model_answers_as_the_library_does() -> None:
    library = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    texts = [
        *ENGLISH,
        *OTHERS.values(),
        "",
        "북한이 미사일을 발사했다",
        "ФЕРРИ в порту",
        "a",
        "\x00\ud800",
    ]
    assert model.classify(texts) == [library.classify(text) for text in texts]


def test_entries_read_apart_come_with_a_guess() -> None:
    apart = Apart()
    body = rss(*(item(n, title=text) for n, text in enumerate(ENGLISH)))
    try:
        found = apart.call("digest.intake.feeds.formats.spoken.guess:read", body, {}, URL)
    finally:
        apart.close()
    assert isinstance(found, NewEntries)
    assert {entry.guess and entry.guess[0] for entry in found.parsed.entries} == {"en"}
