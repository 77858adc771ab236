"""A page behind a paywall, a consent or a test for robots is known as such, and not taken."""

import pytest

from digest.intake.articles.core import fulltext
from digest.intake.articles.core.gates import LEAST, asks_consent, gate
from tests.fakes import feeds as fake
from tests.intake.articles.test_pages import article, html, page, run, server  # noqa: F401

needs_extra = pytest.mark.skipif(not fulltext.available(), reason="the extra is not installed")
URL = "https://harbour.example/2026/ferry"
LONG = [
    f"Paragraph {n} of the report tells what happened at pier {n} at length." for n in range(12)
]
PAID = [
    '<script type="application/ld+json">{"@type":"Report","isAccessibleForFree":false}</script>',
    '<script type="application/ld+json">{"isAccessibleForFree": "False", "hasPart": {}}</script>',
    '<meta itemprop="isAccessibleForFree" content="false">',
    '<meta property="article:content_tier" content="locked">',
    '<meta name="paywall" content="true">',
]
ASKING = [
    ("https://consent.harbour.example/collect?back=1", ""),
    ("https://guce.harbour.example/consent", ""),
    ("https://harbour.example/zustimmung?redirect=%2Fferry", ""),
    (URL, "<title>Before you continue to Harbour</title>"),
    (URL, "<title>Bevor Sie fortfahren</title>"),
    (URL, "<title>Avant de continuer</title>"),
]


@pytest.mark.parametrize("head", PAID)
def test_what_is_paid_for_is_known(head: str) -> None:
    assert "paywall" in gate(page(*LONG, head=head), 900)


@pytest.mark.parametrize(("url", "head"), ASKING)
def test_a_question_about_consent_is_known(url: str, head: str) -> None:
    shown = f"<html><head>{head}</head><body>We and our 800".encode()
    assert "consent" in asks_consent(shown, url)


@pytest.mark.parametrize(
    "body",
    ["<title>Just a moment...</title>", "<div id='px-captcha'></div>", "<script src='/TSPD/8'>"],
)
def test_a_test_for_robots_is_known(body: str) -> None:
    assert "whether a human asks" in gate(f"<html>{body}</html>".encode())


@pytest.mark.parametrize(
    "head",
    [
        "", '<script type="application/ld+json">{"isAccessibleForFree": true}</script>',
        '<meta property="article:content_tier" content="free">',
        "<title>We value your privacy, the minister says</title>",
    ],
)  # fmt: skip
def test_an_article_that_is_free_is_read(head: str) -> None:
    shown = page(*LONG, head=head)
    assert (asks_consent(shown, URL), gate(shown, 900)) == ("", "")


CARRIED = [
    # Cloudflare puts this into pages that it lets through.
    "<script>(function(){window.__CF$cv$params={r:'8f',t:'MTc='};var a=document.createElement("
    "'script');a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js';})();</script>",
    "<script src='/cdn-cgi/challenge-platform/h/b/scripts/jsd/4f2/main.js'></script>",
    "<form><div class='g-recaptcha' data-sitekey='x'></div><button>Comment</button></form>",
    "<script src='https://challenges.cloudflare.com/turnstile/v0/api.js'></script>",
    "<script src='https://js.hcaptcha.com/1/api.js'></script>",
    "<script src='//js.datadome.co/tags.js'></script>",
    "<script src='https://static.geetest.com/v4/gt4.js'></script>",
]


@needs_extra
@pytest.mark.parametrize("carried", CARRIED)
@pytest.mark.parametrize("tag", ["div", "main", "article"])
def test_an_article_that_carries_a_vendors_script_is_read(carried: str, tag: str) -> None:
    words = "".join(f"<p>{each}</p>" for each in LONG[:5])
    head = f'<link rel="canonical" href="{URL}"><meta property="og:image" content="/p.jpg">'
    shown = (
        f"<!doctype html><html><head><title>Ferry</title>{head}</head><body><{tag}>"
        f"<h1>Ferry</h1>{words}</{tag}>{carried}</body></html>"
    ).encode()
    found = fulltext.extract(shown, URL)
    assert found.gate == "" and LONG[4] in found.text and len(found.text) > LEAST
    assert (found.canonical, found.image_url) == (URL, "https://harbour.example/p.jpg")


@needs_extra
def test_a_page_without_an_article_keeps_its_head() -> None:
    """A film with a caption, beside a form: its picture and its address are its own."""
    head = f'<link rel="canonical" href="{URL}"><meta property="og:image" content="/p.jpg">'
    shown = f"<html><head>{head}</head><body><p>Watch.</p>{CARRIED[2]}</body></html>".encode()
    found = fulltext.extract(shown, URL)
    assert found.text == ""
    assert (found.canonical, found.image_url) == (URL, "https://harbour.example/p.jpg")
    paid = fulltext.extract(page(*LONG, head=head + PAID[0]), URL)
    assert "paywall" in paid.gate and paid.text == ""
    assert (paid.canonical, paid.image_url) == (URL, "https://harbour.example/p.jpg")


WHY = (
    "You are seeing this because the administrator of this website has set up a program to protect "
    "the server against companies that scrape websites. This does cause downtime for the websites."
)


@needs_extra
@pytest.mark.parametrize(
    "head",
    [
        '<title>Oh noes!</title><script id="anubis_challenge" type="application/json">{}</script>',
        "<title>Making sure you&#39;re not a bot!</title>",
        "<title>Just a moment...</title><script>window._cf_chl_opt={cvId: '3'}</script>",
        "<title>Un momento…</title><script>window._cf_chl_opt = {cvId: '3'}</script>",
        "<title>Vercel Security Checkpoint</title>",
    ],
)
def test_a_test_that_explains_itself_at_length_is_no_article(head: str) -> None:
    words = f"<p>{WHY}</p>" * 3
    shown = f"<html><head>{head}</head><body><main><h1>Wait</h1>{words}</main></body></html>"
    found = fulltext.extract(shown.encode(), URL)
    assert found.text == "" and "whether a human asks" in found.gate


@needs_extra
def test_a_gated_page_leaves_the_feeds_own_words_and_says_why(
    server: fake.FeedServer,  # noqa: F811
) -> None:
    server.pages["/paid"] = html(page(*LONG, head=PAID[0]))
    paid = article(server, "/paid", "A teaser.")
    assert run().read == 0
    paid.refresh_from_db()
    assert paid.text == "A teaser."
    assert "paywall" in paid.page.reason and paid.page.due_at is None
