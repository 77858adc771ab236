"""Feeds in Django's admin, for operators."""

from django.contrib.admin import AdminSite, ModelAdmin

from digest.intake.feeds.models import Feed


class FeedAdmin(ModelAdmin):  # type: ignore[type-arg]
    """What an operator may change is above; what polling writes is shown and left alone."""

    list_display = ("__str__", "folder", "state", "failures", "error_kind", "checked_at")
    list_filter = ("state", "folder", "error_kind")
    search_fields = ("url", "title", "source")
    fields = (
        "url", "title", "source", "site_url", "language", "folder", "weight", "check_every",
        "state", "state_reason", "next_check_at", "interval", "checked_at", "succeeded_at",
        "failures", "error_kind", "error_reason",
    )  # fmt: skip
    readonly_fields = (
        "interval", "checked_at", "succeeded_at", "failures", "error_kind", "error_reason",
    )  # fmt: skip


def register(site: AdminSite) -> None:
    """Add the feeds' pages to ``site``."""
    site.register(Feed, FeedAdmin)
