"""``digest topics``: try a query on the last days' articles, and list the topics."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q

from digest.kit import clock
from digest.newsdesk.topics.models import StoryTopic, Topic
from digest.newsdesk.topics.preview import Preview, preview
from digest.newsdesk.topics.query.caret import caret
from digest.newsdesk.topics.query.tree import QueryError


class Command(BaseCommand):
    """``digest topics preview 'QUERY'`` and ``digest topics list``."""

    help = "Try a topic query on the last days, or list the topics."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the two verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        trial = verbs.add_parser("preview", help="what a query would have matched")
        trial.add_argument("query", help="for example: korea* NOT football")
        trial.add_argument("--days", type=int, default=7, help="how far back (default 7)")
        trial.add_argument("--json", action="store_true", help="one JSON object on the last line")
        listing = verbs.add_parser("list", help="the topics, their queries and stories")
        listing.add_argument("--json", action="store_true", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one of the two."""
        if options["verb"] == "list":
            self._list(as_json=options["json"])
        else:
            self._preview(options["query"], options["days"], as_json=options["json"])

    def _preview(self, query: str, days: int, *, as_json: bool) -> None:
        if not 1 <= days <= 365:
            raise CommandError(f"--days is {days}; give a number from 1 to 365.")
        try:
            found = preview(query, now=clock.now(), days=days)
        except QueryError as error:
            shown, pointer = caret(query, error.position)
            raise CommandError(f"{error}\n  {shown}\n  {pointer}") from None
        if as_json:
            self.stdout.write(json.dumps(asdict(found), ensure_ascii=False, default=str))
        else:
            self._show(found)

    def _show(self, found: Preview) -> None:
        self.stdout.write(f"{found.query}\n")
        self.stdout.write(
            f"Over {found.days} days: {found.articles} of {found.searched} articles, "
            f"{found.stories} stories, {found.sources} sources."
        )
        for day, count in found.by_day:
            self.stdout.write(f"  {day}  {count}")
        for each in found.examples:
            self.stdout.write(f"- {each.title} ({each.source}, {each.published_at:%d %b %H:%M})")
            self.stdout.write(f"    because of {', '.join(each.because)}")

    def _list(self, *, as_json: bool) -> None:
        standing = Count("stories", filter=~Q(stories__by=StoryTopic.By.BARRED))
        rows = [
            {
                "slug": topic.slug,
                "name": topic.name,
                "query": topic.query,
                "query_version": topic.query_version,
                "open": topic.is_open,
                "stories": topic.standing,
            }
            for topic in Topic.objects.annotate(standing=standing)
        ]
        if as_json:
            self.stdout.write(json.dumps({"topics": rows}, ensure_ascii=False))
            return
        if not rows:
            self.stdout.write("No topics yet. Try one first: digest topics preview 'QUERY'.")
        for row in rows:
            self.stdout.write(f"{row['slug']}: {row['name']}, {row['stories']} stories")
            self.stdout.write(f"    {row['query']}")
