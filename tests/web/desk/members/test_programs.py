"""Browsers are told in words that their owner knows again."""

import pytest

from digest.web.desk.members.programs import program_of

GECKO = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) {}"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (GECKO.format("X11; Linux x86_64", "Chrome/130.0 Safari/537.36"), "Chrome on Linux"),
        (GECKO.format("Windows NT 10.0", "Chrome/130 Safari/5 Edg/130"), "Edge on Windows"),
        (GECKO.format("iPhone; CPU like Mac OS X", "Version/18 Safari/604"), "Safari on an iPhone"),
        (GECKO.format("Macintosh; Intel Mac OS X", "Version/18 Safari/605"), "Safari on a Mac"),
        ("Mozilla/5.0 (Android 14; rv:131.0) Gecko/131.0 Firefox/131.0", "Firefox on Android"),
        ("curl/8", "curl/8"),
        ("", "An unknown program"),
        ("x" * 200, "x" * 60),
    ],
    ids=["chrome", "edge", "iphone", "mac", "firefox", "curl", "none", "long"],
)
def test_a_browser_is_named_as_people_name_it(agent: str, said: str) -> None:
    assert program_of(agent) == said
