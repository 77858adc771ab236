"""Lists to choose from: written once, escaped, with the choice marked."""

from digest.web.choices import _written, options
from tests.fuzz.hostile import TEXTS


def test_what_was_chosen_is_marked_and_every_word_is_escaped() -> None:
    made = options([("a", "A & B"), ('"b"', "<b>")], '"b"')
    assert made == (
        '<option value="a">A &amp; B</option>'
        '<option value="&#34;b&#34;" selected>&lt;b&gt;</option>'
    )
    assert options(["07:00", "08:00"], "08:00") == (
        "<option>07:00</option><option selected>08:00</option>"
    )


def test_what_a_stranger_types_fills_no_memory_and_marks_nothing() -> None:
    _written.cache_clear()
    for each in TEXTS:
        assert "selected" not in options([("zone", "Zone"), ("other", "Other")], each)
    assert _written.cache_info().currsize == 1
