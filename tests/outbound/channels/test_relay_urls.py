"""How a relay is named in DIGEST_SMTP_URL."""

import pytest

from digest.outbound.channels.email.relay import Relay


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://127.0.0.1:1025", Relay("127.0.0.1", 1025)),
        ("smtp://relay", Relay("relay", 25)),
        (
            "smtps://u:p%40ss@relay",
            Relay("relay", 465, tls=True, user="u", password="p@ss", scheme="smtps"),
        ),
        (
            "smtp://u:p@relay:587?starttls=1",
            Relay("relay", 587, starttls=True, user="u", password="p"),
        ),
        ("smtp://u:p@relay:587", Relay("relay", 587, starttls=True, user="u", password="p")),
        ("smtp://u:p@relay:25?starttls=0", Relay("relay", 25, user="u", password="p")),
    ],
)
def test_a_relays_url_says_how_to_reach_it(url: str, relay: Relay) -> None:
    assert Relay.of(url) == relay


@pytest.mark.parametrize("url", ["", "relay:25", "http://relay", "smtp://"])
def test_a_url_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        Relay.of(url)
