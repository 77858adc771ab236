"""Prints stories made of real feed documents, to be read as an editor would.

``DIGEST_DATA=folder python -m tests.bench.reading`` ingests the news documents that
``feeds/manifest.json`` there lists as real into a database of its own, with the service's own code,
groups them and prints forty stories: headline, summary, sources, members. Stories that the most
sources report come first, then others drawn evenly.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from tests.scenes import servers

_NOT_NEWS = ("test", "wellformed", "illformed", "conformance", "spec", "fixture")


def main() -> int:
    """Ingest, group, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--stories", type=int, default=40)
    given = parser.parse_args()
    folder = os.environ.get("DIGEST_DATA")
    if not folder:
        print("Set DIGEST_DATA to the folder of labelled data and feeds.", file=sys.stderr)
        return 2
    servers.prepare(DIGEST_WAKER="")
    from digest.intake.articles.ingest import ingest
    from digest.intake.feeds.formats.parse import NotAFeed, parse
    from digest.kit.clock import now
    from digest.models import Article, Feed, Story
    from digest.newsdesk.stories.assign import assign

    feeds = Path(folder) / "feeds"
    read = 0
    for path in documents(feeds):
        if read == given.documents:
            break
        url = f"https://{path.stem}.example/{read}.xml"
        parsed = parse((feeds / path).read_bytes(), {}, url)
        if isinstance(parsed, NotAFeed) or len(parsed.entries) < 5:
            continue
        feed = Feed.objects.create(url=url, next_check_at=now())
        ingest(feed.pk, parsed, now=now())
        read += 1
    while assign(now=now(), limit=500).article_ids:
        pass
    found = list(Story.objects.filter(article_count__gt=0).order_by("-source_count", "pk"))
    print(f"{read} documents, {Article.objects.count()} articles, {len(found)} stories\n")
    for story in drawn(found, given.stories):
        show(story)
    return 0


def documents(feeds: Path) -> list[Path]:
    """The real documents, one of each source in turn, the largest of each first."""
    listed = json.loads((feeds / "manifest.json").read_text())
    by_source: dict[str, list[dict[str, object]]] = {}
    for each in listed:
        if each["real"] and not any(word in Path(each["path"]).stem for word in _NOT_NEWS):
            by_source.setdefault(each["source"], []).append(each)
    for some in by_source.values():
        some.sort(key=lambda each: -int(str(each["items"])))
    taken = []
    while any(by_source.values()):
        taken += [Path(str(some.pop(0)["path"])) for some in by_source.values() if some]
    return taken


def drawn(stories: list["object"], number: int) -> list["object"]:
    """Half the broadest, half evenly from the rest."""
    broad, rest = stories[: number // 2], stories[number // 2 :]
    step = max(1, len(rest) // max(number - len(broad), 1))
    return broad + rest[::step][: number - len(broad)]


def show(story: "object") -> None:
    """One story as an editor would read it."""
    members = story.members.select_related("article")  # type: ignore[attr-defined]
    rows = [row.article for row in members.order_by("article__published_at")]
    print(f"## {story.headline}")  # type: ignore[attr-defined]
    print(f"   {story.summary}  ({story.summary_source}) [{story.language}]")  # type: ignore[attr-defined]
    print(f"   sources: {', '.join(sorted({each.source for each in rows}))[:160]}")
    for each in rows[:6]:
        print(f"   - {each.published_at:%Y-%m-%d %H:%M} {each.source[:30]}: {each.title[:110]}")
    if len(rows) > 6:
        print(f"   … {len(rows) - 6} more")
    print()


if __name__ == "__main__":
    sys.exit(main())
