"""One address for one article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.articles.core.canonical import MAX_URL, canonical, identity, is_front_page

CASES = {
    "HTTPS://WWW.Example.COM:443/News/A": "https://www.example.com/News/A",
    "http://x.example:8080/a": "http://x.example:8080/a",
    "https://x.example": "https://x.example/",
    "https://x.example/a?utm_source=rss&id=3&fbclid=Iw&UTM_Medium=x": "https://x.example/a?id=3",
    "https://x.example/a?b=2&a=1": "https://x.example/a?b=2&a=1",
    "https://x.example/a?source=rss": "https://x.example/a",
    "https://x.example/a?source=42": "https://x.example/a?source=42",
    "https://x.example/a#comments": "https://x.example/a",
    "https://x.example/#!/story/9": "https://x.example/#!/story/9",
    "https://x.example/a b/é?q=ü": "https://x.example/a%20b/%C3%A9?q=%C3%BC",
    "https://x.example/%7euser/%e9%2f": "https://x.example/~user/%E9%2F",
    "https://x.example/100%": "https://x.example/100%25",
    "https://user:secret@x.example/a": "https://x.example/a",
    "https://MÜNCHEN.example/a": "https://xn--mnchen-3ya.example/a",
    "https://x.example./a": "https://x.example/a",
    "https://x.example/a?amp=1": "https://x.example/a",
    "https://x.example/a?outputType=amp": "https://x.example/a",
    "https://www.google.com/url?rct=j&sa=t&url=https://x.example/a%3Fid%3D1&ct=ga": (
        "https://x.example/a?id=1"
    ),
    "https://www.google.co.uk/amp/s/x.example/a/": "https://x.example/a/",
    "https://x-example.cdn.ampproject.org/c/s/x.example/a": "https://x.example/a",
    "https://www.bing.com/news/apiclick.aspx?ref=F&url=https%3a%2f%2fx.example%2fa": (
        "https://x.example/a"
    ),
    "  https://x.example/a\n": "https://x.example/a",
    "https://[2001:db8::1]:443/a": "https://[2001:db8::1]/a",
}


@pytest.mark.parametrize(("given", "wanted"), CASES.items())
def test_the_clickable_form(given: str, wanted: str) -> None:
    assert canonical(given) == wanted


@pytest.mark.parametrize(
    "url",
    ["", "x", "/a", "mailto:a@b.example", "javascript:alert(1)", "ftp://x.example/", "https://",
     "https://x.example:99999/", "https://[::1", "https://x y.example/", "data:text/html,x",
     "https://x.example/" + "a" * MAX_URL],
)  # fmt: skip
def test_what_is_no_web_address_has_no_canonical_form(url: str) -> None:
    assert canonical(url) is None


@pytest.mark.parametrize(
    "other",
    ["http://x.example/a/b?c=1&d=2", "https://www.x.example/a/b?c=1&d=2",
     "https://m.x.example/a/b?d=2&c=1", "https://amp.x.example/a/b/?c=1&d=2",
     "https://x.example/a/b/amp?c=1&d=2", "https://www.m.x.example/a/b/amp/?c=1&d=2"],
)  # fmt: skip
def test_variants_of_one_address_are_the_same_article(other: str) -> None:
    assert identity(canonical(other) or "") == identity("https://x.example/a/b?c=1&d=2")


@pytest.mark.parametrize(
    "other",
    ["https://x.example/a/B?c=1&d=2", "https://x.example/a?c=1&d=2", "https://x.example/a/b",
     "https://y.example/a/b?c=1&d=2", "https://x.example:8443/a/b?c=1&d=2",
     "https://en.x.example/a/b?c=1&d=2"],
)  # fmt: skip
def test_other_addresses_are_other_articles(other: str) -> None:
    assert identity(canonical(other) or "") != identity("https://x.example/a/b?c=1&d=2")


def test_short_hosts_are_not_taken_for_mobile_ones() -> None:
    assert identity("https://m.example/a") != identity("https://example/a")
    assert identity("https://amp.dev/a") != identity("https://dev/a")


@pytest.mark.parametrize("url", ["https://x.example/", "http://x.example:81/"])
def test_front_pages_are_told(url: str) -> None:
    assert is_front_page(url)
    assert not is_front_page(f"{url}a")
    assert not is_front_page(f"{url}?p=1")


@given(st.text(max_size=200) | st.from_regex(r"https?://[^\s/]{1,30}(/.{0,60})?", fullmatch=True))
def test_any_text_has_one_canonical_form_or_none(url: str) -> None:
    found = canonical(url)
    if found is not None:
        assert canonical(found) == found
        assert found.isascii() and found.isprintable() and " " not in found
        assert found.startswith(("http://", "https://"))
        assert len(identity(found)) == 32
