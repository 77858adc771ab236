"""The lead picture is one that a reader would see."""

import pytest

from digest.intake.feeds.formats.parse import Parsed, parse
from digest.intake.feeds.formats.pictures import is_counter
from tests.fakes.feeds import item, rss

URL = "https://harbour.example/rss"
REAL = "<img src='https://harbour.example/ferry.jpg' alt='Ferry'>"


def picture(markup: str, more: str = "") -> str:
    body = rss(item(1, extra=f"<description><![CDATA[{markup}]]></description>{more}"))
    found = parse(body, {}, URL)
    assert isinstance(found, Parsed)
    image = found.entries[0].image
    return image.url if image else ""


@pytest.mark.parametrize(
    "pixel",
    [
        "<img src='https://x.example/p.gif' width='1' height='1'>",
        "<img src='https://x.example/p.gif' width=\"1px\" height=\"1px\">",
        "<img src='https://x.example/p' style='width:1px;height:1px'>",
        "<img style='border:0; height : 1px !important' src='https://x.example/p'>",
        "<img src='https://x.example/a.png' style='display:none'>",
        "<img height=0 src=https://x.example/p.png>",
        "<img src='https://pixel.wp.com/b.gif?host=x'>",
        "<img src='https://sb.scorecardresearch.com/p?c1=2'>",
        "<img src='http://feeds.feedburner.com/~r/harbour/~4/abc'>",
        "<img src='https://www.google-analytics.com/collect?v=1'>",
        "<img src='https://harbour.example/wp-content/spacer.gif'>",
        "<img src='https://harbour.example/img/1x1.png'>",
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
        "<img src=''>",
        "<img src='https://x.example/a.gif' width='1%'>",
        "<img src='https://x.example/a.gif' hidden>",
        "<img src='https://x.example/a.gif' style='width:.5em;height:.1px'>",
        "<img src='https://x.example/matomo.php?idsite=1&rec=1' alt=''>",
        "<img src='https://t.example/track/open.php?u=1'>",
        "<img src='https://s.w.org/images/core/emoji/14/72x72/1f600.png' class='wp-smiley'>",
        "<img src='https://x.example/wp-includes/images/smilies/icon_smile.gif'>",
        "<img src='https://x.example/placeholder-16x9.png'>",
        "<img src='https://x.example/grey.gif'>",
        "<img src='https://x.example/share.png' width='16' height='16'>",
        "<img src='https://secure.gravatar.com/avatar/abc?s=480'>",
        "<video src='https://x.example/a.mp4'></video>",
        "<video><source src='https://x.example/a.mp4' type='video/mp4'></video>",
        "<img src='#'>", "<img src='about:blank'>",
    ],
)  # fmt: skip
def test_a_pixel_or_a_stand_in_leads_nothing(pixel: str) -> None:
    assert picture(pixel) == ""
    assert picture(pixel + REAL) == "https://harbour.example/ferry.jpg"


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("<img src='data:image/gif;base64,R0lG' data-src='/late.jpg'>", "/late.jpg"),
        ("<img data-original='/late.jpg' src='/loading.gif'>", "/late.jpg"),
        ("<img src='/lazy.svg' data-lazy-src='/late.jpg' width='640'>", "/late.jpg"),
        ("<img src='data:,' srcset='/a.jpg 300w, /b.jpg 1200w'>", "/b.jpg"),
        ("<img src='data:,' data-srcset='/a.jpg 1x, /b.jpg 2x'>", "/b.jpg"),
        ("<img src='data:,' data-original-src='/late.jpg'>", "/late.jpg"),
        ("<img src='data:,' data-large-file='/late.jpg?w=1024'>", "/late.jpg?w=1024"),
        ("<img src='data:,' nitro-lazy-src='/late.jpg'>", "/late.jpg"),
        ("<img src='data:,' data-pagespeed-lazy-src='/late.jpg'>", "/late.jpg"),
        ("<img src='data:,' srcset='/a.jpg,/b.jpg 2x'>", "/b.jpg"),
        ("<img srcset='/a.jpg?w=3,2 300w, /b.jpg?w=9,6 900w'>", "/b.jpg?w=9,6"),
        ("<picture><source srcset='/a.jpg 640w, /b.jpg 1280w'><img src='data:,'>", "/b.jpg"),
        ("<amp-img src='/late.jpg'></amp-img>", "/late.jpg"),
        ("<video poster='/still.jpg' width='640'></video>", "/still.jpg"),
        ("<img src='data:,'><noscript><img src='/late.jpg'></noscript>", "/late.jpg"),
        ("<img src='/own.jpg' srcset='/a.jpg 300w'>", "/own.jpg"),
        ("<img src='/own.jpg' width='100%' style='max-width:100%;border-width:1px'>", "/own.jpg"),
        ("<img src='/point-blank.jpg' width='10'>", "/point-blank.jpg"),
        ("<img src='/all-clear-counter-attack.png'>", "/all-clear-counter-attack.png"),
    ],
)
def test_what_is_loaded_late_is_found_behind_its_stand_in(tag: str, wanted: str) -> None:
    assert picture(tag) == f"https://harbour.example{wanted}"


def test_pixels_among_media_and_enclosures_lead_nothing() -> None:
    for offer in (
        "<media:content url='https://x.example/p.gif' width='1' height='1' type='image/gif'/>",
        "<media:thumbnail url='https://pixel.wp.com/g.gif'/>",
        "<enclosure url='https://b.scorecardresearch.com/b' type='image/gif' length='43'/>",
    ):
        assert picture(REAL, offer) == "https://harbour.example/ferry.jpg"


@pytest.mark.parametrize("url", ["https://pixel.harbour.example/x", "https://a.quantserve.com/p"])
def test_hosts_that_count_are_known(url: str) -> None:
    assert is_counter(url)
