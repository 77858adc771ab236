"""Where copies are looked up: the fingerprints of the last days' articles."""

from datetime import timedelta

from digest.intake.articles.fingerprints import forget_fingerprints, index_fingerprints, shared
from digest.models import Article, ArticleFingerprint
from tests.intake.articles.test_copies import OTHER, WIRE
from tests.intake.articles.test_link import NOW, entry, feed, show


def test_an_article_is_found_under_each_of_its_fingerprints(db) -> None:
    (first,) = show(feed("harbour"), entry(1, WIRE, "harbour"))
    (other,) = show(feed("city"), entry(2, OTHER, "city"))
    prints = Article.objects.get(pk=first).fingerprints
    assert len(prints) > 3
    assert shared([first, other], now=NOW) == {}
    Article.objects.filter(pk=other).update(fingerprints=prints)
    assert shared([other], now=NOW) == {other: {first: len(prints)}}
    index_fingerprints([other])
    assert shared([first, other], now=NOW) == {
        other: {first: len(prints)},
        first: {other: len(prints)},
    }
    assert shared([other], now=NOW + timedelta(days=4)) == {}


def test_neither_a_copy_nor_what_is_withdrawn_is_looked_up_or_found(db) -> None:
    first, second = (
        pk for n in (1, 2) for pk in show(feed(f"harbour{n}"), entry(n, WIRE, f"harbour{n}"))
    )
    assert Article.objects.get(pk=second).duplicate_of_id == first
    assert set(shared([first, second], now=NOW)) == {first}
    Article.objects.filter(pk=second).update(duplicate_of=None, withdrawn_at=NOW)
    assert shared([first, second], now=NOW) == {}


def test_of_a_phrase_that_everybody_uses_only_the_latest_holders_are_looked_at(db) -> None:
    show(feed("harbour"), *(entry(n, f"{n} {OTHER}", "harbour") for n in range(40)))
    ids = sorted(Article.objects.values_list("pk", flat=True))
    assert len(ids) == 40
    ArticleFingerprint.objects.bulk_create(
        ArticleFingerprint(fingerprint=7, article_id=pk) for pk in ids
    )
    (one,) = show(feed("city"), entry(99, WIRE, "city"))
    Article.objects.filter(pk=one).update(fingerprints=[7])
    assert shared([one], now=NOW) == {one: dict.fromkeys(ids[-30:], 1)}


def test_what_is_too_old_to_be_looked_up_is_forgotten(db) -> None:
    (old,) = show(feed("harbour"), entry(1, WIRE, "harbour"), at=NOW - timedelta(days=4))
    (young,) = show(feed("city"), entry(2, OTHER, "city"))
    of_old = ArticleFingerprint.objects.filter(article=old).count()
    of_young = ArticleFingerprint.objects.filter(article=young).count()
    assert forget_fingerprints(now=NOW) == of_old > 0
    assert ArticleFingerprint.objects.count() == of_young > 0
    assert forget_fingerprints(now=NOW) == 0
