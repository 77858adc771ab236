"""Step: what an article's own page says becomes the article's."""

from datetime import datetime
from functools import partial

from django.db import transaction

from digest.intake.articles.core import canonical
from digest.intake.articles.core.copies import all_fingerprints
from digest.intake.articles.core.fulltext import Found
from digest.intake.articles.core.gates import LEAST
from digest.intake.articles.fingerprints import index_fingerprints
from digest.intake.articles.link import link_copies
from digest.intake.articles.models import Article, ArticleRevision, Page

_NOTHING = "No article was found in the page; the feed's own words are used."


@transaction.atomic
def take_page(page_id: int, found: Found, *, now: datetime) -> bool:
    """Give the article the text of its page, where that is more than the feed gave.

    Its picture too, where it has none. A ``rel=canonical`` of the same host becomes its address,
    unless an article has that already: then this one is a copy of it, as when the page names
    another host's. The words of an earlier reading stay as a revision. False when the page has
    no article in it.
    """
    page = Page.objects.select_for_update().filter(pk=page_id).first()
    if page is None:
        return False
    article = Article.objects.select_for_update(no_key=True).get(pk=page.article_id)
    fits = len(found.text) >= LEAST
    if fits and found.text != article.text and len(found.text) > len(article.text) // 2:
        _reword(article, found.text, again=page.read_at is not None, now=now)
    if not article.image_url and found.image_url:
        article.image_url, article.image_alt = found.image_url, found.image_alt
    _readdress(article, found.canonical)
    article.save(
        update_fields=[
            "text", "fingerprints", "updated_at", "revision", "image_url", "image_alt", "url",
            "url_hash", "duplicate_of",
        ]
    )  # fmt: skip
    index_fingerprints([article.pk])
    page.due_at = page.claimed_until = None
    page.reason = "" if fits else found.gate or _NOTHING
    page.read_at = now if fits else page.read_at
    page.save(update_fields=["due_at", "claimed_until", "reason", "read_at"])
    transaction.on_commit(partial(link_copies, [article.pk], now=now), robust=True)
    return fits


def _reword(article: Article, text: str, *, again: bool, now: datetime) -> None:
    if again:
        ArticleRevision.objects.create(
            article=article, revision=article.revision, title=article.title,
            summary=article.summary, text=article.text, replaced_at=now,
        )  # fmt: skip
        article.revision += 1
    article.text, article.updated_at = text, now
    article.fingerprints = all_fingerprints(article.title, text)


def _readdress(article: Article, named: str) -> None:
    """Follow the page's word on its own address, as far as it can be believed."""
    target = canonical.canonical(named) if named else None
    if target is None or canonical.is_front_page(target):
        return
    identity = canonical.identity(target)
    if identity == bytes(article.url_hash):
        return
    other = Article.objects.filter(url_hash=identity).first()
    if other is not None:
        if other.duplicate_of_id != article.pk and article.duplicate_of_id is None:
            article.duplicate_of_id = other.duplicate_of_id or other.pk
            Article.objects.filter(duplicate_of=article.pk).update(
                duplicate_of=article.duplicate_of_id
            )
    elif canonical.site(target) == canonical.site(article.url):
        article.url, article.url_hash = target, identity
