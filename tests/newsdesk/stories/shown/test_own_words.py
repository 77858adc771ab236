"""A newsroom's own headline: what becomes of what an editor typed, and to whom it shows."""

import pytest

from digest.newsdesk.stories.shown.own_words import (
    NameSettled,
    joined_names,
    name_in,
    plain_name,
    settle_name,
)

SAID = "Quake hits the north"


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("  Two \n lines\tmade one ", "Two lines made one"),
        ("[속보] 북부에 지진", "북부에 지진"),
        ("【速報】北部で地震", "北部で地震"),
        ("\u202eturned round", "turned round"),
        ("[속보]", "[속보]"),
        (" ", ""),
    ],
)
def test_words_are_one_line_without_labels(typed: str, plain: str) -> None:
    assert plain_name(typed) == plain


@pytest.mark.parametrize(
    ("typed", "base", "own", "settled"),
    [
        ("Ours", SAID, "", NameSettled("Ours")),
        ("Ours", "Before", "Before", NameSettled("Ours")),
        ("", "Before", "Before", NameSettled("")),
        (SAID, "Before", "Before", NameSettled("")),
        (SAID, SAID, "", NameSettled("")),
        # The lead changed while she wrote: nobody's other word, and what she left is no name.
        ("Ours", "What the lead said before", "", NameSettled("Ours")),
        ("What the lead said", "What the lead said", "", NameSettled("")),
        # Somebody else was quicker: with other words, with the same, and she wrote nothing.
        ("Ours", SAID, "Theirs", NameSettled("Theirs", clashes=True)),
        ("", SAID, "Theirs", NameSettled("Theirs", clashes=True)),
        ("Theirs", SAID, "Theirs", NameSettled("Theirs")),
        (SAID, SAID, "Theirs", NameSettled("Theirs")),
    ],
)
def test_a_name_is_given_taken_back_or_met(
    typed: str, base: str, own: str, settled: NameSettled
) -> None:
    assert settle_name(typed, base, own=own, reported=SAID) == settled


def test_a_name_shows_in_its_language_and_script_alone() -> None:
    names = {"en": "Ours", "zh": "颱風通過沖繩"}
    assert [name_in(names, tag) for tag in ("en", "en-GB", "ko", "")] == ["Ours", "Ours", "", ""]
    assert name_in(names, "zh", script="Hant") == "颱風通過沖繩"
    assert name_in(names, "zh", script="Hans") == ""


def test_of_two_stories_the_kept_ones_names_stay_and_what_it_lacks_comes() -> None:
    joined = joined_names({"en": "Kept"}, {"en": "Gone", "ko": "간 이야기"})
    assert joined == {"en": "Kept", "ko": "간 이야기"}
