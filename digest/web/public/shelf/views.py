"""The front page, a page for each newsletter and each topic, and the calendar."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.kit.clock import now
from digest.models import Topic
from digest.newsdesk.editions.sample import sample_of_topic
from digest.web.public import latest
from digest.web.public.keeping import kept
from digest.web.public.offers import offers
from digest.web.public.shelf import linked, shown
from digest.web.public.shelf.asking import asking
from digest.web.public.speech import gettext, language

_LONGEST_SEARCH = 80
_PAST = 5


@require_safe
@kept(60)
def front(request: HttpRequest) -> HttpResponse:
    """What the newsroom offers, each with a sample or a way to it, and one field to begin."""
    on_offer = offers(now())
    letters = shown.newsletters()
    first = next(iter(letters), None)
    page = {
        "newsletters": letters,
        "topics": shown.topics(on_offer.topics),
        "alerts": asking("alerts", "on", gettext("Tell me"), on_offer),
        "ask": asking(
            "newsletters",
            first.slug,
            gettext("Start with %(name)s") % {"name": first.name},
            on_offer,
            by=first.channels,
        )
        if first
        else asking("alerts", "on", gettext("Send me this"), on_offer),
        "elsewhere": on_offer.elsewhere,
        "linked": linked.newsroom(),
    }
    return render(request, "public/front.html", page)


@require_safe
@kept(60)
def newsletter(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, when it comes, its latest edition, and one field."""
    found = shown.newsletter(slug)
    if found is None:
        raise Http404
    past, _ = latest.lines(slug, 1)
    page = {
        "letter": found,
        "ask": asking(
            "newsletters", slug, gettext("Send me this"), offers(now()), by=found.channels
        )
        if found.is_open
        else None,
        "past": past[1 : _PAST + 1],
        "linked": linked.newsletter(found),
    }
    return render(request, "public/newsletter.html", page)


@require_safe
@kept(60)
def topics(request: HttpRequest) -> HttpResponse:
    """All topics, or those that were searched for."""
    words = request.GET.get("q", "")[:_LONGEST_SEARCH]
    offered = offers(now()).topics
    page = {"topics": shown.found(offered, words), "q": words, "count": len(offered)}
    return render(request, "public/topics.html", page)


@require_safe
@kept(60)
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """What it gathers, what came lately in the page's language, and one field."""
    found = Topic.objects.filter(slug=slug, is_open=True).first()
    if found is None:
        raise Http404
    moment, name = now(), found.name_in(language())
    content = sample_of_topic(found, language(), now=moment)
    reading = latest.reading(content) if content else None
    page = {
        "topic": found,
        "name": name,
        "reading": reading,
        "linked": linked.topic(name, found.description, slug, reading),
        "ask": asking("topics", slug, gettext("Send me this"), offers(moment)),
    }
    return render(request, "public/topic.html", page)


@require_safe
@kept(60)
def calendar(request: HttpRequest) -> HttpResponse:
    """What the newsletters plan for the days to come."""
    return render(request, "public/calendar.html", {"days": shown.calendar(now())})
