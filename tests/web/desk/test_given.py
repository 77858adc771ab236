"""Whatever stands in a form or a path is read without an error."""

from uuid import UUID

import pytest
from hypothesis import given as tried
from hypothesis import strategies as st

from digest.web.desk import given


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("-3", -3),
        ("--5", -1),
        ("", -1),
        ("-", -1),
        ("٣", -1),
        ("1" * 12, -1),
        ("1e3", -1),
    ],
)
def test_a_number_is_read_and_nonsense_is_no_row(text: str, number: int) -> None:
    assert given.number(text) == number


@tried(st.text())
def test_nothing_raises(text: str) -> None:
    assert isinstance(given.number(text), int)
    assert isinstance(given.uuid(text), UUID)
