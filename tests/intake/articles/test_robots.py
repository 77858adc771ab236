"""robots.txt as RFC 9309 reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.articles.core.robots import read

SITE = "https://harbour.example"


def allowed(document: str, path: str, agent: str = "Digest") -> bool:
    return read(document.encode(), agent).allow(SITE + path)


@pytest.mark.parametrize(
    ("rules", "path", "may"),
    [
        ("", "/a", True),
        ("Disallow:", "/a", True),
        ("Disallow: /", "/a", False),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow: /news\nAllow: /news/open", "/news/open/1", True),
        ("Allow: /news/open\nDisallow: /news", "/news/open/1", True),
        ("Disallow: /news\nAllow: /news/open", "/news/1", False),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow: /*.pdf$", "/x/y.pdf", False),
        ("Disallow: /*.pdf$", "/x/y.pdf?z", True),
        ("Disallow: /*print", "/x/print/y", False),
        ("Disallow: *print*", "/x/print", False),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /a*bc$", "/abc", False),
        ("Disallow: /abc*bc$", "/abc", True),
        ("Disallow: /search?q=", "/search?q=x", False),
        ("Disallow: /%7Ejo", "/~jo/1", False),
        ("Disallow: /caf%C3%A9", "/café", False),
        ("Disallow: /café", "/caf%c3%a9", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("disallow : /a # why not", "/a", False),
    ],
)
def test_the_longest_rule_that_fits_decides(rules: str, path: str, may: bool) -> None:
    assert allowed(f"User-agent: *\n{rules}\n", path) is may


def test_a_group_of_our_own_replaces_that_for_everybody() -> None:
    document = (
        "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-Agent: DIGEST/2.0\n"
        "Disallow: /private\nCrawl-delay: 2.5\n\nSitemap: /s.xml\nUser-agent: digest\nAllow: /x\n"
        "Disallow: /more\n"
    )
    assert allowed(document, "/a") and not allowed(document, "/private")
    assert not allowed(document, "/more"), "several groups for one robot are one"
    assert not allowed(document, "/a", agent="Nobody")
    assert read(document.encode(), "Digest").delay == 2.5
    assert allowed("User-agent: Digester\nDisallow: /\n", "/a")


def test_a_name_that_is_a_part_of_ours_is_another_robots() -> None:
    for name in ("Dig", "digest-images", "gest"):
        assert allowed(f"User-agent: {name}\nDisallow: /\n", "/a"), name
    assert not allowed("User-agent: digest/2.0 (news)\nDisallow: /\n", "/a")


def test_a_rule_that_is_written_badly_counts_for_the_site() -> None:
    assert not allowed("User-agent: *\nDisallow /x\n", "/x")


@given(st.binary(max_size=400))
def test_no_document_breaks_the_reader(document: bytes) -> None:
    read(b"User-agent: *\n" + document, "Digest").allow(f"{SITE}/a")


@given(st.text(alphabet="ab*$", max_size=200), st.text(alphabet="ab", max_size=2000))
def test_no_pattern_is_slow(pattern: str, path: str) -> None:
    allowed(f"User-agent: *\nDisallow: /{pattern}\n", f"/{path}")
