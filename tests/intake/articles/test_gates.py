"""A page behind a paywall, a consent or a test for robots is known as such, and not taken."""

import pytest

from digest.intake.articles.core import fulltext
from digest.intake.articles.core.gates import gate
from tests.fakes import feeds as fake
from tests.intake.articles.test_pages import article, html, page, run, server  # noqa: F401

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
    assert "paywall" in gate(page(*LONG, head=head), URL)


@pytest.mark.parametrize(("url", "head"), ASKING)
def test_a_question_about_consent_is_known(url: str, head: str) -> None:
    assert "consent" in gate(f"<html><head>{head}</head><body>We and our 800".encode(), url)


@pytest.mark.parametrize(
    "body",
    ["<title>Just a moment...</title>", "<div id='px-captcha'></div>", "<script src='/TSPD/8'>"],
)
def test_a_test_for_robots_is_known(body: str) -> None:
    assert "whether a human asks" in gate(f"<html>{body}</html>".encode(), URL)


@pytest.mark.parametrize(
    "head",
    [
        "", '<script type="application/ld+json">{"isAccessibleForFree": true}</script>',
        '<meta property="article:content_tier" content="free">',
        "<title>We value your privacy, the minister says</title>",
    ],
)  # fmt: skip
def test_an_article_that_is_free_is_read(head: str) -> None:
    assert gate(page(*LONG, head=head), URL) == ""


@pytest.mark.skipif(not fulltext.available(), reason="the extra is not installed")
def test_a_gated_page_leaves_the_feeds_own_words_and_says_why(
    server: fake.FeedServer,  # noqa: F811
) -> None:
    server.pages["/paid"] = html(page(*LONG, head=PAID[0]))
    paid = article(server, "/paid", "A teaser.")
    assert run().read == 0
    paid.refresh_from_db()
    assert paid.text == "A teaser."
    assert "paywall" in paid.page.reason and paid.page.due_at is None
