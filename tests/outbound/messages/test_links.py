"""Links in messages: short codes, tokens, and addresses that are not of the web."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.messages import links


@given(st.uuids())
def test_a_short_code_names_one_story_and_no_other(story: UUID) -> None:
    code = links.short_code(story)
    assert len(code) == 22
    assert code.isalnum()
    assert links.uuid_of(code) == story


@given(st.text(max_size=30))
def test_a_made_up_code_never_raises(code: str) -> None:
    found = links.uuid_of(code)
    assert found is None or links.short_code(found) == code


def test_a_code_past_the_last_uuid_names_nothing() -> None:
    assert links.uuid_of("z" * 22) is None


def test_tokens_cannot_leave_their_path() -> None:
    made = links.unsubscribe("https://a.example/", "../x?y#z")
    assert made == "https://a.example/unsubscribe/..%2Fx%3Fy%23z"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/",
        "//a.example/x",
        "https://",
        "https://a.example/ b",
        'https://a.example/"onclick="x',
        "https://a.example/\r\nBcc: x",
        "https://[broken",
        "",
    ],
)
def test_only_plain_web_addresses_pass(url: str) -> None:
    assert links.web_link(url) == ""


def test_a_web_address_passes_unchanged() -> None:
    assert links.web_link(" https://a.example/x?y=1&z=ü ") == "https://a.example/x?y=1&z=ü"
