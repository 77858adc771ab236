"""What receiving hosts report about our domains, in Django's admin: to read alone."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from digest.admin.asked import ByItsNumber
from digest.outbound.returns.models import StoredDomainReport

_ROW = "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"


class DomainReportAdmin(ByItsNumber, ModelAdmin):  # type: ignore[type-arg]
    """From whom, for when, and how many passed and failed; inside, by source."""

    list_display = (
        "begins_at", "kind", "reporter", "domain", "policy", "passed", "failed", "received_at",
    )  # fmt: skip
    list_filter = ("kind", "domain")
    search_fields = ("reporter", "report_id")
    date_hierarchy = "begins_at"
    fields = (
        "kind", "reporter", "report_id", "domain", "begins_at", "ends_at", "policy", "passed",
        "failed", "by_source", "received_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description="by source")
    def by_source(self, report: StoredDomainReport) -> SafeString:
        """A table: those with failures stand first."""
        rows = format_html_join("", _ROW, (tuple(each) for each in report.sources))
        head = format_html(
            "<tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>",
            "From", "Passed", "Failed", "What failed",
        )  # fmt: skip
        return format_html("<table>{}{}</table>", head, rows) if rows else SafeString("–")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are the hosts' words."""
        return False


def register(site: AdminSite) -> None:
    """Add the reports' pages to ``site``."""
    site.register(StoredDomainReport, DomainReportAdmin)
