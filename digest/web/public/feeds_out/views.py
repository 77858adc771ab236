"""What feed readers ask for, and what search engines do."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from digest.audience.core import languages
from digest.kit.clock import now
from digest.models import Newsletter, Topic
from digest.web.public import latest, speech, ways
from digest.web.public.feeds_out import made
from digest.web.public.feeds_out.core.feed import KINDS, OutFeed
from digest.web.public.keeping import kept

# A sitemap holds fifty thousand addresses at most; each page stands in it once per language.
_EDITIONS = 2000


@require_safe
@kept(60)
def editions(request: HttpRequest, kind: str, slug: str = "") -> HttpResponse:
    """A newsletter's editions, or everybody's."""
    return _answer(made.of_editions(slug, kind), kind)


@require_safe
@kept(60)
def topic(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """A topic's stories, in the language that the address or the reader's program asks for."""
    found = Topic.objects.filter(slug=slug, is_open=True).first()
    return _answer(made.of_topic(found, kind, now=now()) if found else None, kind)


def _answer(feed: OutFeed | None, kind: str) -> HttpResponse:
    if feed is None or kind not in KINDS:
        raise Http404
    media, written = KINDS[kind]
    response = HttpResponse(written(feed), content_type=f"{media}; charset=utf-8")
    links = [f'<{feed.self_url}>; rel="self"']
    links += [f'<{feed.hub}>; rel="hub"'] if feed.hub else []
    response.headers["Link"] = ", ".join(links)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@kept(60)
def sitemap(request: HttpRequest) -> HttpResponse:
    """https://www.sitemaps.org/protocol.html, with each page's other languages beside it."""
    words = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:xhtml="http://www.w3.org/1999/xhtml">',
        *(_page(each) for each in _pages()),
        *(
            f"<url><loc>{escape(ways.whole('public:edition', public_id))}</loc>"
            f"<lastmod>{at.date().isoformat()}</lastmod></url>"
            for public_id, at in latest.addresses(_EDITIONS)
        ),
        "</urlset>\n",
    ]
    return HttpResponse("\n".join(words), content_type="application/xml; charset=utf-8")


def _pages() -> Iterator[str]:
    for name in ("front", "subscribe", "topics", "calendar", "archive"):
        yield ways.whole(f"public:{name}")
    for slug in Newsletter.objects.filter(is_open=True).values_list("slug", flat=True):
        yield ways.whole("public:newsletter", slug)
    for slug in Topic.objects.filter(is_open=True).values_list("slug", flat=True)[:5000]:
        yield ways.whole("public:topic", slug)


def _page(address: str) -> str:
    spoken = "".join(
        f'<xhtml:link rel="alternate" hreflang="{tag}"'
        f' href="{escape(address)}?{speech.PARAMETER}={tag}"/>'
        for tag in languages.SPOKEN
    )
    return f"<url><loc>{escape(address)}</loc>{spoken}</url>"


@require_safe
@kept(60)
def robots(request: HttpRequest) -> HttpResponse:
    """Readers' own pages, the desk and short links are nobody's to crawl."""
    closed = ("confirm", "unsubscribe", "preferences", "export", "erase", "s", "go")
    inside = ("desk", "admin", "hooks", "embed", "api")
    words = "User-agent: *\n" + "".join(f"Disallow: /{each}/\n" for each in closed + inside)
    if settings.DIGEST_BASE_URL:
        words += f"\nSitemap: {ways.whole('public:sitemap')}\n"
    return HttpResponse(words, content_type="text/plain; charset=utf-8")
