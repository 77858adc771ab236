"""A newsroom's own look, which readers can always read."""

from dataclasses import replace

import pytest
from django.core.checks import run_checks
from hypothesis import given
from hypothesis import strategies as some
from pytest_django import Settings

from digest.admin.newsdesk import NewsletterForm
from digest.outbound.channels.rendering import render_alert, render_confirmation, render_edition
from digest.outbound.messages import theme
from digest.outbound.messages.theme import BadTheme, Theme, theme_of
from tests.outbound.messages.test_accessible_mail import contrast
from tests.outbound.samples import ALERT, CONFIRM_THIS, EDITION, NEWSROOM

OWN = theme_of("accent=#0b57d0 logo=https://news.example/logo.png type=sans radius=9")
colours = some.from_regex("#[0-9a-f]{6}", fullmatch=True)


def test_nothing_said_is_our_own() -> None:
    assert theme_of("") == theme_of("  ") == Theme() == NEWSROOM.theme


def test_a_theme_reaches_every_kind_of_mail() -> None:
    newsroom = replace(NEWSROOM, theme=OWN)
    made = [
        render_edition(EDITION, "email", newsroom), render_alert(ALERT, "email", newsroom),
        render_confirmation(CONFIRM_THIS, "email", newsroom),
    ]  # fmt: skip
    for words in made:
        html = words.fields["html"]
        assert "#b3261e" not in html and "#ff8a80" not in html and "Georgia" not in html
        assert 'src="https://news.example/logo.png"' in html and 'alt="The Meridian"' in html
        assert OWN.accent_dark in html and "border-radius:4px" not in html
    assert "#0b57d0" in made[0].fields["html"] and "border-radius:9px" in made[1].fields["html"]


def test_mails_of_two_looks_do_not_share_their_pieces() -> None:
    own = replace(NEWSROOM, theme=OWN)
    first = render_edition(EDITION, "email", NEWSROOM)
    assert "#0b57d0" in render_edition(EDITION, "email", own).fields["html"]
    assert render_edition(EDITION, "email", NEWSROOM) == first


def test_a_newsletter_may_have_a_look_of_its_own() -> None:
    own = replace(EDITION, theme="accent=#0b57d0")
    html = render_edition(own, "email", NEWSROOM).fields["html"]
    assert "#0b57d0" in html and "#b3261e" not in html


def test_what_a_newsletter_cannot_have_is_said_beside_the_form() -> None:
    form = NewsletterForm({"theme": "accent=#ffcc00"})
    assert "darker" in str(form.errors["theme"])
    assert "theme" not in NewsletterForm({"theme": "accent=#0b57d0"}).errors


@given(colour=colours)
def test_no_accent_is_hard_to_read_by_day_or_night(colour: str) -> None:
    try:
        made = theme_of(f"accent={colour}")
    except BadTheme:
        assert contrast(colour, theme.PAPER) < 4.5
        return
    assert contrast(made.accent, theme.PAPER) >= 4.5
    assert contrast(made.accent_dark, theme.NIGHT) >= 4.5


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("accent=#ffcc00", "darker"), ("accent-dark=#333333", "lighter"), ("accent=red", "#b3261e"),
        ("logo=http://news.example/l.png", "https://"), ("logo=javascript:x", "https://"),
        ("type=comic", "serif or sans"), ("radius=99", "up to 24"), ("radius=-1", "up to 24"),
        ("logo-width=4000", "up to 400"), ("font=Arial", "knows no"), ("pretty", "knows no"),
    ],
)  # fmt: skip
def test_what_mails_cannot_have_is_refused_with_what_to_write(
    said: str, remedy: str, settings: Settings
) -> None:
    with pytest.raises(BadTheme, match=remedy):
        theme_of(said)
    settings.DIGEST_THEME = said
    assert "digest.E002" in {each.id for each in run_checks()}
