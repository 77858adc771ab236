"""What was published: editions, the archive, and the page behind a story's short link."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.models import Newsletter, Story
from digest.newsdesk.stories.models import StoryArticle
from digest.outbound.messages import links
from digest.web.public import latest
from digest.web.public.keeping import kept
from digest.web.public.shelf import cards, linked

# A story that went on merging would be a loop of ours; nobody follows it for ever.
_MERGES = 10
_LONGEST_SEARCH = 120


@require_safe
@kept(60)
def edition(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A published edition on the web, as it was sent."""
    content = latest.by_public_id(public_id)
    if content is None:
        raise Http404
    read = latest.reading(content)
    page = {
        "content": content,
        "reading": read,
        "linked": linked.edition(content, read),
        "card": cards.of_edition(read),
    }
    response = render(request, "public/edition.html", page)
    if content.kind != "newsletter":
        # A personal digest says what its reader follows.
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "private, no-cache"
    return response


@require_safe
@kept(60, parameters=frozenset({"newsletter", "page"}))
def archive(request: HttpRequest) -> HttpResponse:
    """Published editions of the newsletters, newest first."""
    given = request.GET.get("page", "1")
    page = min(int(given), 10_000) if given.isdecimal() and len(given) < 6 else 1
    newsletter = request.GET.get("newsletter", "")[:80]
    words = " ".join(request.GET.get("q", "")[:_LONGEST_SEARCH].split())
    found, more = latest.lines(newsletter, max(page, 1), words)
    context = {
        "lines": found,
        "page": max(page, 1),
        "more": more,
        "q": words,
        "newsletter": newsletter,
        "newsletters": Newsletter.objects.all(),
    }
    return render(request, "public/archive.html", context)


@require_safe
@kept(20)
def story(request: HttpRequest, code: str) -> HttpResponse:
    """Behind a short link: who reports the story, or straight to its only report.

    Goes to stored article addresses alone, and only by http or https.
    """
    public_id = links.uuid_of(code)
    found = Story.objects.filter(public_id=public_id).first() if public_id else None
    for _ in range(_MERGES):
        if found is None or found.merged_into_id is None:
            break
        found = Story.objects.filter(pk=found.merged_into_id).first()
    if found is None:
        raise Http404
    reports = _reports(found)
    if len(reports) == 1 and reports[0]["url"]:
        return HttpResponseRedirect(reports[0]["url"])
    card = cards.of_story([each["article"] for each in reports], found.lead_article_id)
    page = {"story": found, "reports": reports, "card": card, "is_shared": True}
    return render(request, "public/story.html", page)


def _reports(found: Story) -> list[dict[str, Any]]:
    """The story's standing articles, the lead first, then the newest."""
    members = (
        StoryArticle.objects.filter(
            story=found, article__withdrawn_at__isnull=True, article__duplicate_of__isnull=True
        )
        .select_related("article")
        .order_by("-article__published_at", "article_id")[:200]
    )
    articles = [each.article for each in members]
    articles.sort(key=lambda each: each.pk != found.lead_article_id)
    return [{"article": each, "url": links.web_link(each.url)} for each in articles]
