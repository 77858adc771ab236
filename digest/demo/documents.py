"""The outlets' documents as text: RSS 2.0, Atom, RSS 1.0, article pages, OPML. Pure."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape as html_escape
from xml.sax.saxutils import escape, quoteattr

from digest.demo.newsroom import FeedSpec, Outlet, SampleArticle, SamplePicture

MEDIA_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
}
_SOURCE = {
    "en": "Source: ",
    "ko": "출처: ",
    "zh": "来源：",
    "es": "Fuente: ",
    "fr": "Source : ",
    "de": "Quelle: ",
    "ms": "Sumber: ",
    "ta": "மூலம்: ",
    "ar": "المصدر: ",
    "zh-Hant": "來源：",
}
_NAMESPACES = (
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom"'
)
_STYLE = (
    "body{font:18px/1.6 Georgia,serif;max-width:38rem;margin:2rem auto;padding:0 1rem;"
    "color:#16181d;background:#fff}img{width:100%;height:auto}small,figcaption{color:#5c6370;"
    "font:14px/1.4 system-ui,sans-serif}h1{line-height:1.2}"
)


def feed_document(
    outlet: Outlet, feed: FeedSpec, articles: Sequence[SampleArticle], now: datetime, base: str
) -> str:
    """The feed in its own dialect, with the XML declaration its encoding needs."""
    render = {"rss": _rss, "atom": _atom, "rdf": _rdf}[feed.format]
    declaration = f'<?xml version="1.0" encoding="{feed.encoding}"?>\n'
    return declaration + render(outlet, feed, articles, now, base)


def article_page(
    outlet: Outlet, article: SampleArticle, now: datetime, base: str, service: str = ""
) -> str:
    """The page a reader lands on from a link; with the boxes of ``service`` at its end, if any."""
    published = article.published(now).astimezone(outlet.zone)
    by = " · ".join(part for part in (article.author, f"{published:%Y-%m-%d %H:%M %Z}") if part)
    head = (
        f'<link rel="canonical" href="{base}{article.path}">'
        f'<meta property="og:title" content="{html_escape(article.title)}">'
        f'<meta property="article:published_time" content="{published.isoformat()}">'
    )
    if article.image:
        head += f'<meta property="og:image" content="{base}{article.image.path}">'
    body = (
        f'<p><small><a href="/{outlet.slug}/">{html_escape(outlet.name)}</a></small></p>'
        f"<h1>{html_escape(article.title)}</h1><p><small>{html_escape(by)}</small></p>"
        f"{_figure(article.image)}{_standfirst(article)}{_full_text(article)}"
    )
    boxes = ""
    if service:
        at = html_escape(service.rstrip("/"))
        head += f'<script src="{at}/static/digest/boxes.js" defer></script>'
        boxes = f'<digest-boxes article="{base}{article.path}"></digest-boxes>'
    return _page(article.lang, article.title, head, f"<article>{body}</article>{boxes}")


def outlet_page(outlet: Outlet, articles: Sequence[SampleArticle], base: str) -> str:
    """An outlet's front page, which leads to its feeds and articles."""
    rows = "".join(
        f'<li><a href="{one.path}">{html_escape(one.title)}</a></li>' for one in articles
    )
    body = (
        f"<h1>{html_escape(outlet.name)}</h1><p>{html_escape(outlet.description)}</p>"
        f"<ul>{rows}</ul>"
    )
    return _page(outlet.lang, outlet.name, _alternates([outlet], base), body)


def index_page(outlets: Sequence[Outlet], base: str) -> str:
    """The first page: all outlets, with their feeds announced for discovery."""
    rows = "".join(
        f'<li><a href="/{one.slug}/">{html_escape(one.name)}</a> '
        f"<small>{html_escape(one.city)} · {html_escape(one.kind)}</small></li>"
        for one in outlets
    )
    body = (
        "<h1>The sample newsroom</h1><p>Invented outlets and invented news. "
        f'<a href="/feeds.opml">All feeds as OPML</a></p><ul>{rows}</ul>'
    )
    return _page("en", "The sample newsroom", _alternates(outlets, base), body)


def opml(outlets: Sequence[Outlet], base: str) -> str:
    """All feeds as an OPML list, one folder per language."""
    folders = []
    for lang in dict.fromkeys(one.lang for one in outlets):
        lines = "".join(
            f"<outline type={quoteattr('rss')} text={quoteattr(feed.title)}"
            f" title={quoteattr(feed.title)} xmlUrl={quoteattr(base + feed.path)}"
            f" htmlUrl={quoteattr(f'{base}/{one.slug}/')} language={quoteattr(lang)}/>\n"
            for one in outlets
            if one.lang == lang
            for feed in one.feeds
        )
        folders.append(f"<outline text={quoteattr(lang)}>\n{lines}</outline>\n")
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">'
        f"<head><title>The sample newsroom</title></head>\n<body>\n{''.join(folders)}</body></opml>"
    )


def _rss(
    outlet: Outlet, feed: FeedSpec, articles: Sequence[SampleArticle], now: datetime, base: str
) -> str:
    items = []
    for one in articles:
        items.append(
            f"<item>{_tag('title', one.title, feed)}<link>{escape(_link(one, feed, base))}</link>"
            f'<guid isPermaLink="true">{base}{one.path}</guid>'
            f"<pubDate>{format_datetime(_local(one, outlet, now))}</pubDate>"
            f"{_tag('description', _description(one, feed), feed)}"
            f"{_content(one, feed)}{_creator(one)}{_media(one.image, base)}"
            + "".join(_tag("category", name, feed) for name in one.categories)
            + "</item>\n"
        )
    return (
        f'<rss version="2.0"{_NAMESPACES}><channel>{_tag("title", feed.title, feed)}'
        f"<link>{base}/{outlet.slug}/</link>"
        f"<description>{escape(outlet.description)}</description>"
        f'<atom:link rel="self" type="application/rss+xml" href="{base}{feed.path}"/>'
        f"<language>{outlet.lang}</language><lastBuildDate>"
        f"{format_datetime(now.astimezone(outlet.zone).replace(microsecond=0))}</lastBuildDate>"
        f"<ttl>5</ttl>\n{''.join(items)}</channel></rss>\n"
    )


def _atom(
    outlet: Outlet, feed: FeedSpec, articles: Sequence[SampleArticle], now: datetime, base: str
) -> str:
    entries = []
    for one in articles:
        moment = _local(one, outlet, now).isoformat()
        author = f"<author><name>{escape(one.author)}</name></author>" if one.author else ""
        content = (
            f'<content type="html">{escape(_standfirst(one) + _full_text(one))}</content>'
            if feed.full_text
            else ""
        )
        entries.append(
            f'<entry><title type="text">{escape(one.title)}</title>'
            f'<link rel="alternate" type="text/html" href={quoteattr(_link(one, feed, base))}/>'
            f"<id>{base}{one.path}</id><published>{moment}</published><updated>{moment}</updated>"
            f'{author}<summary type="html">{escape(_description(one, feed))}</summary>{content}'
            + "".join(f"<category term={quoteattr(name)}/>" for name in one.categories)
            + f"{_media(one.image, base)}</entry>\n"
        )
    newest = max((one.published(now) for one in articles), default=now)
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
        f' xml:lang="{outlet.lang}"><title type="text">{escape(feed.title)}</title>'
        f"<subtitle>{escape(outlet.description)}</subtitle><id>{base}{feed.path}</id>"
        f'<link rel="self" href="{base}{feed.path}"/>'
        f'<link rel="alternate" type="text/html" href="{base}/{outlet.slug}/"/>'
        f"<author><name>{escape(outlet.name)}</name></author>"
        f"<updated>{newest.astimezone(outlet.zone).isoformat()}</updated>\n"
        f"{''.join(entries)}</feed>\n"
    )


def _rdf(
    outlet: Outlet, feed: FeedSpec, articles: Sequence[SampleArticle], now: datetime, base: str
) -> str:
    order = "".join(f'<rdf:li rdf:resource="{base}{one.path}"/>' for one in articles)
    items = "".join(
        f'<item rdf:about="{base}{one.path}">{_tag("title", one.title, feed)}'
        f"<link>{escape(_link(one, feed, base))}</link>"
        f"{_tag('description', _description(one, feed), feed)}"
        f"<dc:date>{_local(one, outlet, now).isoformat()}</dc:date>"
        f"<dc:identifier>{base}{one.path}</dc:identifier>{_creator(one)}"
        + "".join(f"<dc:subject>{escape(name)}</dc:subject>" for name in one.categories)
        + f"{_content(one, feed)}{_media(one.image, base)}</item>\n"
        for one in articles
    )
    return (
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/"'
        f' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"{_NAMESPACES}>'
        f'<channel rdf:about="{base}{feed.path}">{_tag("title", feed.title, feed)}'
        f"<link>{base}/{outlet.slug}/</link>"
        f"<description>{escape(outlet.description)}</description>"
        f"<dc:language>{outlet.lang}</dc:language>"
        f"<items><rdf:Seq>{order}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n"
    )


def _local(article: SampleArticle, outlet: Outlet, now: datetime) -> datetime:
    return article.published(now).astimezone(outlet.zone)


def _link(article: SampleArticle, feed: FeedSpec, base: str) -> str:
    query = article.query or feed.query
    return f"{base}{article.path}" + (f"?{query}" if query else "")


def _tag(name: str, text: str, feed: FeedSpec) -> str:
    if feed.cdata:
        return f"<{name}><![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
    return f"<{name}>{escape(text)}</{name}>"


def _standfirst(article: SampleArticle) -> str:
    if article.summary_is_html:
        return article.summary
    return f"<p>{html_escape(article.summary, quote=False)}</p>"


def _source(article: SampleArticle) -> str:
    if not article.agency:
        return ""
    return f"<p>{_SOURCE[article.lang]}{html_escape(article.agency)}</p>"


def _description(article: SampleArticle, feed: FeedSpec) -> str:
    if not feed.full_text and article.agency:
        return _standfirst(article) + _source(article)
    if article.summary_is_html:
        return article.summary
    return html_escape(article.summary, quote=False)


def _full_text(article: SampleArticle) -> str:
    text = "".join(f"<p>{html_escape(part, quote=False)}</p>" for part in article.paragraphs)
    return text + _source(article)


def _content(article: SampleArticle, feed: FeedSpec) -> str:
    if not feed.full_text:
        return ""
    return _tag("content:encoded", _standfirst(article) + _full_text(article), feed)


def _creator(article: SampleArticle) -> str:
    return f"<dc:creator>{escape(article.author)}</dc:creator>" if article.author else ""


def _media(image: SamplePicture | None, base: str) -> str:
    if image is None:
        return ""
    return (
        f'<media:content url="{base}{image.path}" medium="image" type="image/png"'
        ' width="600" height="315">'
        f'<media:description type="plain">{escape(image.alt)}</media:description>'
        f"<media:credit>{escape(image.credit)}</media:credit></media:content>"
    )


def _figure(image: SamplePicture | None) -> str:
    if image is None:
        return ""
    return (
        f'<figure><img src="{image.path}" alt="{html_escape(image.alt)}" width="600" height="315">'
        f"<figcaption>{html_escape(image.credit)}</figcaption></figure>"
    )


def _alternates(outlets: Sequence[Outlet], base: str) -> str:
    return "".join(
        f'<link rel="alternate" type="{MEDIA_TYPES[feed.format]}"'
        f' title="{html_escape(feed.title)}" href="{base}{feed.path}">\n'
        for one in outlets
        for feed in one.feeds
    )


def _page(lang: str, title: str, head: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html_escape(title)}</title>{head}<style>{_STYLE}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )
