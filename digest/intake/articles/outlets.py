"""What readers know outlets by, for entries that come by way of an aggregator."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q

from digest.intake.articles.core import canonical
from digest.intake.articles.core.outlet import host
from digest.intake.feeds.formats.entries import Entry
from digest.intake.feeds.models import Feed


def known_outlets(entries: Iterable[Entry]) -> dict[str, str]:
    """By host, the names of the outlets that have a feed here; one query, for aggregators alone.

    So that an aggregator's item counts as the outlet whose own feed is read, whatever either
    calls it.
    """
    hosts = {host(each.source_url) for each in entries if canonical.is_aggregators(each.url)}
    hosts.discard("")
    if not hosts:
        return {}
    at_host = (
        Q(**{f"{field}__contains": f"{mark}{name}/"})
        for name in hosts
        for field in ("site_url", "url")
        for mark in ("//", ".")
    )
    feeds = Feed.objects.filter(reduce(or_, at_host)).order_by("pk")
    return {
        found: name or title
        for site, url, name, title in feeds.values_list("site_url", "url", "source", "title")
        for found in (host(site), host(url))
        if found in hosts and (name or title)
    }
