"""Feeds in Django's admin, for operators."""

from collections.abc import Callable
from typing import cast

from django.contrib import admin, messages
from django.contrib.admin import AdminSite, ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from digest.admin.asked import ByItsNumber
from digest.intake.feeds import steer
from digest.intake.feeds.listing import WORDS, worded
from digest.intake.feeds.models import Feed
from digest.kit.clock import now
from digest.staff.members import Member


class ByHealth(SimpleListFilter):
    """Failing, silent, slow and so on, as the desk says it."""

    title = "health"
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Every word of health."""
        return [(word, word.capitalize()) for word in WORDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feed]) -> QuerySet[Feed]:
        """The feeds of that word."""
        if self.value() not in WORDS:
            return queryset
        return queryset.filter(pk__in=worded(now()).filter(word=self.value()).values("pk"))


class FeedAdmin(ByItsNumber, ModelAdmin):  # type: ignore[type-arg]
    """What an operator may change is above; what polling writes is shown and left alone."""

    list_display = (
        "__str__", "folder", "state", "health", "failures", "error_kind", "checked_at",
        "newest_at", "full_text",
    )  # fmt: skip
    list_filter = (ByHealth, "state", "error_kind", "hub_state", "full_text", "folder")
    search_fields = ("url", "title", "source")
    actions = ("check_now", "pause", "resume")
    fields = (
        "url", "title", "source", "site_url", "language", "folder", "weight", "check_every",
        "full_text", "state", "state_reason", "next_check_at", "interval", "checked_at",
        "succeeded_at", "failures", "error_kind", "error_reason", "hub_url", "hub_state",
        "hub_lease_until", "hub_reason",
    )  # fmt: skip
    readonly_fields = (
        "interval", "checked_at", "succeeded_at", "failures", "error_kind", "error_reason",
        "hub_url", "hub_state", "hub_lease_until", "hub_reason",
    )  # fmt: skip

    @admin.display(description="health")
    def health(self, feed: Feed) -> str:
        """One word."""
        return feed.health(now()).word

    @admin.action(description="Look at them now")
    def check_now(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        """Make them due."""
        self._steer(request, queryset, steer.check_now, "due now")

    @admin.action(description="Pause them")
    def pause(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        """Look at them no more until they are resumed."""
        self._steer(request, queryset, steer.pause, "paused")

    @admin.action(description="Resume them")
    def resume(self, request: HttpRequest, queryset: QuerySet[Feed]) -> None:
        """Look at them again."""
        self._steer(request, queryset, steer.resume, "resumed")

    def _steer(
        self,
        request: HttpRequest,
        queryset: QuerySet[Feed],
        step: Callable[..., int],
        what: str,
    ) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        done = step(ids, now=now(), member=cast(Member, request.user))
        self.message_user(request, f"{done} of {len(ids)} feeds {what}.", messages.SUCCESS)


def register(site: AdminSite) -> None:
    """Add the feeds' pages to ``site``."""
    site.register(Feed, FeedAdmin)
