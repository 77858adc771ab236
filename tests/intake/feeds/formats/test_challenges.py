"""A page that a robot gets instead of a feed is called by its name; an article about one is not."""

from datetime import UTC, datetime

import pytest

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds.formats.challenges import challenger
from digest.intake.feeds.formats.parse import NotAFeed, parse
from digest.intake.feeds.poll import poll_due
from digest.models import Feed
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGES = {
    "Cloudflare": [
        "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>",
        "<title>Nur einen Moment…</title><script src='/cdn-cgi/challenge-platform/h/b/o'></script>",
        "<title>Attention Required! | Cloudflare</title>Sorry, you have been blocked",
        "<title>Access denied | x.example used Cloudflare to restrict access</title>Error 1020",
        "<div class='cf-turnstile' data-sitekey='x'></div>",
    ],
    "DataDome": [
        "<script>var dd={'rt':'c','host':'geo.captcha-delivery.com'}</script>",
        "<script src='https://ct.captcha-delivery.com/c.js'></script>",
        "<p id='cmsg'>Please enable JS</p><script>var dd={};//DataDome</script>",
    ],
    "Imperva": [
        "<script src='/_Incapsula_Resource?SWJIYLWA=7'></script>",
        "Request unsuccessful. Incapsula incident ID: 123-456",
        "<p>Powered by Imperva</p>",
    ],
    "Akamai": [
        "<TITLE>Access Denied</TITLE><H1>Access Denied</H1>No permission<P>Reference #18",
        "<div id='sec-if-cpt-container'></div>",
        "<script>document.cookie='_abck=1'</script>",
    ],
    "PerimeterX": [
        "<script>window._pxAppId='PX123'</script><div id='px-captcha'></div>",
        "<title>Access to this page has been denied.</title>Press &amp; Hold",
        "<script src='//client.perimeterx.net/PX1/main.min.js'></script>",
    ],
    "AWS WAF": [
        "<script>window.awsWafCookieDomainList=[];</script>",
        "<script src='https://abc.token.awswaf.com/x/challenge.js'></script>",
        "<title>Human Verification</title><script src='https://a.captcha.awswaf.com/'></script>",
    ],
    "Anubis": ["<title>Making sure you&#39;re not a bot!</title>", "<b id='anubis_challenge'>"],
    "DDoS-Guard": ["<title>DDoS-Guard</title>", "<script src='/.well-known/ddos-guard/js/i.js'>"],
    "F5": ["<script src='/TSPD/08?type=8'>", "The requested URL was rejected. Please consult with"],
    "Vercel": ["<title>Vercel Security Checkpoint</title>"],
    "Sucuri": ["<script>sucuri_cloudproxy_js=''</script>"],
    "its server": [
        "Checking your browser before accessing x.example",
        "<div class='g-recaptcha' data-sitekey='x'></div>",
        "Please enable JavaScript and cookies to continue",
    ],
}  # fmt: skip
KINDS = [(who, page) for who, pages in PAGES.items() for page in pages]


def html(body: str) -> bytes:
    return f"<!DOCTYPE html><html><head></head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(("who", "page"), KINDS)
def test_a_test_for_robots_is_called_by_its_name(who: str, page: str) -> None:
    found = parse(html(page), {}, "https://x.example/rss")
    assert isinstance(found, NotAFeed)
    assert f"a test by {who}" in found.reason.replace("HUMAN (PerimeterX)", "PerimeterX")


@pytest.mark.parametrize(
    "page",
    [
        "<article>Cloudflare, Imperva, PerimeterX and DataDome. Akamai _abck.</article>",
        "<form><input type='password'><div class='g-recaptcha' data-sitekey='x'></div></form>",
        "<h1>Harbour Post</h1><a href='/rss'>RSS</a>",
        f"<p>Just a moment: {'long ' * 30_000} verify you are human</p>",
        "<script>a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'</script><h1>Post</h1>",
        "<script src='/cdn-cgi/challenge-platform/h/g/scripts/jsd/1/main.js'></script>",
        f"<div class='g-recaptcha' data-sitekey='x'></div><p>{'A headline. ' * 300}</p>",
        f"<script src='https://js.hcaptcha.com/1/api.js'></script>{'<p>기사 제목</p>' * 300}",
        "<link type=application/rss+xml rel=alternate href=/rss>"
        "<div class='g-recaptcha' data-sitekey='x'></div>",
    ],
)
def test_a_page_that_speaks_of_one_is_a_page(page: str) -> None:
    found = parse(html(page), {}, "https://x.example/rss")
    assert isinstance(found, NotAFeed) and found.is_page


def test_some_say_it_in_their_headers() -> None:
    assert challenger(b"", {"cf-mitigated": "challenge"}) == "Cloudflare"
    assert challenger(b"", {"x-datadome": "protected"}) == "DataDome"
    assert challenger(b"", {"server": "cloudflare", "cf-ray": "1"}) == ""


def test_a_script_of_any_length_says_nothing() -> None:
    page = b"<div class='g-recaptcha' data-sitekey='x'></div>" + b"<script>" + b"a<b " * 9_000
    assert challenger(page) == challenger(page + b"</script>") == "its server"


@pytest.mark.django_db
def test_a_vendors_header_counts_where_it_refuses_and_nowhere_else(settings: object) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    marks = {"X_DataDome": "protected", "CF_Mitigated": "challenge", "Server": "cloudflare"}
    with FeedServer() as server:
        for status in (400, 403, 404, 410, 429, 500, 502):
            server.pages[f"/{status}"] = feeds.status(status, **marks)
            Feed.objects.create(url=server.url(f"/{status}"), next_check_at=NOW)
        report = poll_due(
            now_fn=lambda: NOW, limit=9, worker="test", ingest=ingest, ingest_all=ingest_all
        )
    reasons = {each.url.rpartition("/")[2]: each.reason for each in report.failures}
    blamed = {status for status, reason in reasons.items() if "a test by" in reason}
    assert blamed == {"403", "429"} and len(reasons) == 7


@pytest.mark.django_db
@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_test_behind_a_refusal_is_called_by_its_name_too(settings: object, status: int) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    page = html("<title>Just a moment...</title><script>window._cf_chl_opt={}</script>")
    with FeedServer() as server:
        server.pages["/"] = feeds.body(page, status, Content_Type="text/html; charset=UTF-8")
        server.pages["/plain"] = feeds.status(status)
        for path in server.pages:
            Feed.objects.create(url=server.url(path), next_check_at=NOW)
        report = poll_due(
            now_fn=lambda: NOW, limit=9, worker="test", ingest=ingest, ingest_all=ingest_all
        )
    reasons = {each.url.rpartition("/")[2]: each.reason for each in report.failures}
    assert "a test by Cloudflare" in reasons[""] and f"HTTP {status}" in reasons[""]
    assert "a test by" not in reasons["plain"]
