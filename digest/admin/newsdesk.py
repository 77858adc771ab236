"""Topics and newsletters in Django's admin, for operators."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from digest.admin.asked import ByItsNumber
from digest.kit.clock import now
from digest.newsdesk.alerts.models import BurstLevel
from digest.newsdesk.newsletters.core.calendar import Cadence
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.compiled import read
from digest.newsdesk.topics.define import define
from digest.newsdesk.topics.models import Topic
from digest.newsdesk.topics.query.tree import QueryError
from digest.outbound.messages.theme import BadTheme, theme_of


class TopicForm(forms.ModelForm):  # type: ignore[type-arg]
    """A topic whose query can be read."""

    class Meta:
        model = Topic
        fields = ("name", "slug", "description", "query", "is_open", "position")

    def clean_query(self) -> str:
        """The query, or what is wrong with it and where."""
        query: str = self.cleaned_data["query"]
        try:
            read(query)
        except QueryError as error:
            raise ValidationError(str(error)) from error
        return query


class TopicAdmin(ByItsNumber, ModelAdmin):  # type: ignore[type-arg]
    """A changed query is applied to the last days, as everywhere."""

    form = TopicForm
    list_display = ("name", "slug", "is_open", "position")
    prepopulated_fields = {"slug": ("name",)}

    def save_model(self, request: HttpRequest, obj: Topic, form: Any, change: bool) -> None:
        """Store it by the step that versions queries and wakes the tagger."""
        fields = {name: form.cleaned_data[name] for name in TopicForm.Meta.fields}
        slug, query = fields.pop("slug"), fields.pop("query")
        if change:
            Topic.objects.filter(pk=obj.pk).update(slug=slug)
        defined = define(slug, query=query, now=now(), member=request.user, **fields)  # type: ignore[arg-type]
        obj.pk = defined.topic_id


class NewsletterForm(forms.ModelForm):  # type: ignore[type-arg]
    """A newsletter whose days, hour and zone make a calendar."""

    channels = forms.MultipleChoiceField(choices=[(c, c) for c in settings.DIGEST_CHANNELS])

    class Meta:
        model = Newsletter
        fields = (
            "name", "slug", "description", "language", "time_zone", "days", "local_time", "lead",
            "grace", "spread", "publishes_by_rule", "cut_off", "pairs_of_eyes", "size", "topics",
            "channels", "sender_name", "reply_to", "theme", "is_open", "position",
        )  # fmt: skip

    def clean_theme(self) -> str:
        """The look of its mails, or what readers could not read in it."""
        theme: str = self.cleaned_data["theme"]
        try:
            theme_of(theme)
        except BadTheme as error:
            raise ValidationError(str(error)) from error
        return theme

    def clean(self) -> dict[str, Any]:
        """Say what is wrong with the cadence beside the form, not at the slot."""
        given = super().clean() or {}
        if {"days", "local_time", "time_zone"} <= set(given):
            try:
                Cadence(given["days"], given["local_time"], given["time_zone"])
            except ValueError as error:
                raise ValidationError(str(error)) from error
        return given


class NewsletterAdmin(ByItsNumber, ModelAdmin):  # type: ignore[type-arg]
    """What goes out when, to whom it is offered, and on which channels."""

    form = NewsletterForm
    list_display = ("name", "days", "local_time", "time_zone", "publishes_by_rule", "is_open")
    prepopulated_fields = {"slug": ("name",)}


class BurstLevelAdmin(ModelAdmin):  # type: ignore[type-arg]
    """When stories become candidates for an alert; a level without a row has its default."""

    list_display = ("level", "score", "sources")


def register(site: AdminSite) -> None:
    """Add the pages of topics and newsletters to ``site``."""
    site.register(Topic, TopicAdmin)
    site.register(Newsletter, NewsletterAdmin)
    site.register(BurstLevel, BurstLevelAdmin)
