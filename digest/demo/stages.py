"""The stages of the demo: what is set going, and what must then become true of the rows."""

import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, QuerySet, Sum

from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import Subscription
from digest.demo import acting, confirming, joining, setting
from digest.demo.run import StageFailed
from digest.intake.articles.models import Article
from digest.intake.feeds.models import Feed, FeedCheck
from digest.kit import wake
from digest.kit.clock import now
from digest.management.stand_ins import FoundStandIn
from digest.newsdesk.alerts.core.words import first_sentence
from digest.newsdesk.alerts.issue import issue
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.topics.models import StoryTopic, Topic
from digest.outbound.channels.stand_in import records
from digest.outbound.delivery.models import Delivery, Send

NEWSLETTER = "morning-briefing"
OPEN = "evening-read"
# Longer than a stage takes on a loaded machine of two cores, shorter than a person's patience.
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What this run did, in numbers."""

    feeds: int
    entries: int
    articles: int
    stories: int
    topics: int
    editions: int
    alerts: int
    deliveries_sent: int
    whatsapp_text: str


class Journey:
    """Drives the demo; each stage says what happened or raises StageFailed."""

    def __init__(
        self,
        base_url: str,
        feeds_url: str,
        shown: Sequence[FoundStandIn],
        *,
        say: Callable[[str], None],
        patience: float = PATIENCE,
    ) -> None:
        self._base_url = base_url
        self._feeds_url = feeds_url
        self._shown = shown
        self._say = say
        self._patience = patience

    def go(self) -> Summary:
        """From empty tables to sent messages."""
        editor = setting.furnish(self._feeds_url, now=now())
        forms = setting.sign_readers_up(now=now(), base_url=self._base_url)
        self._intake()
        self._grouping()
        self._confirmations(forms)
        self._alert(editor)
        self._editions()
        return self._summary()

    def first_day(self, readers: Container[str]) -> None:
        """For a newsroom that lives on: ``readers`` confirm and are served, and nothing else.

        Hours and days are afterwards as they were before, but that of one newsletter a draft stands
        open on the desk from now on.
        """
        self._confirmations(len(setting.forms()), readers)
        self._intake()
        self._grouping()
        setting.keep_a_draft_open(OPEN)
        before = setting.hours(NEWSLETTER)
        try:
            self._editions()
        finally:
            setting.put_hours_back(NEWSLETTER, before, now=now())

    def _intake(self) -> None:
        wake.call("poll")
        feeds = Feed.objects.count()
        self._until(
            "intake", lambda: Feed.objects.filter(succeeded_at__isnull=False).count() == feeds
        )
        entries = FeedCheck.objects.aggregate(n=Sum("entries"))["n"]
        languages = Article.objects.values("language").distinct().count()
        self._say(
            f"Intake      {feeds} feeds, {entries} entries, {Article.objects.count()} articles"
            f" in {languages} languages"
        )

    def _grouping(self) -> None:
        self._until("stories", lambda: not _unassigned())
        pairs = joining.link_languages(now=now())
        self._until("stories in several languages", lambda: joining.are_joined(pairs))
        self._until("topics", lambda: not StoryArticle.objects.filter(tagged_at=None).exists())
        several = _stories().filter(source_count__gte=3).count()
        self._say(f"Stories     {_stories().count()} stories, {several} of three sources or more")
        for topic in Topic.objects.annotate(n=Count("stories")).order_by("position"):
            self._say(f"Topic       {topic.name}: {topic.n} stories")

    def _confirmations(self, forms: int, readers: Container[str] | None = None) -> None:
        self._until(
            "confirmation mails",
            lambda: len(confirming.links(self._shown, readers)) >= forms,
        )
        waiting = confirming.links(self._shown, readers)
        self._until("confirming", lambda: _press_all(waiting))
        acts = list(acting.acts())
        self._until("joining by app and chat", lambda: _act_all(acts, self._base_url))
        active = Subscription.objects.filter(state="active").count()
        self._say(f"Readers     {forms} signed up and confirmed; {active} subscriptions active")

    def _alert(self, editor: setting.Editor) -> None:
        story = _stories().order_by("-source_count", "-last_at").first()
        burst = _stories().filter(headline__icontains="ferry").order_by("-source_count").first()
        story = burst or story
        if story is None:
            raise StageFailed("There is no story to raise an alert on.")
        began = time.monotonic()
        headline = story.headline[:110]
        summary = first_sentence(story.summary)
        alert = raise_alert(story.pk, headline, summary, member=editor.member, now=now())
        issue(alert.alert_id, member=editor.member, now=now())
        self._until("alert", lambda: _done("alert"))
        self._say(
            f"Alert       “{headline}”: {_sent('alert')} readers in"
            f" {time.monotonic() - began:.1f} s"
        )

    def _editions(self) -> None:
        at = now() + timedelta(seconds=6)
        setting.bring_slots_forward(NEWSLETTER, at=at)
        wake.call("compose")
        composed = Edition.objects.filter(newsletter__slug=NEWSLETTER)
        self._until("composing", composed.exists)
        edition = composed.get()
        self._say(f"Composed    {edition.title}: {edition.items.count()} top reads by rule")
        for item in edition.items.select_related("story"):
            self._say(f"            {item.position}. {item.story.headline}  ({item.reason})")
        self._until("edition", lambda: _done("edition"))
        self._say(f"Edition     sent to {_sent('edition')} readers")
        readers = Schedule.objects.filter(is_active=True).count()
        self._until("personal digests", lambda: _settled(readers) and _done("slots"))
        self._say(f"Digests     {_sent('slots')} personal digests sent at each reader's own hour")

    def _summary(self) -> Summary:
        return Summary(
            feeds=Feed.objects.count(),
            entries=FeedCheck.objects.aggregate(n=Sum("entries"))["n"],
            articles=Article.objects.count(),
            stories=_stories().count(),
            topics=StoryTopic.objects.values("topic").distinct().count(),
            editions=Edition.objects.filter(state="published").count(),
            alerts=Send.objects.filter(kind="alert").values("source_id").distinct().count(),
            deliveries_sent=Delivery.objects.filter(state=Delivery.State.SENT).count(),
            whatsapp_text=self._whatsapp_text(),
        )

    def _whatsapp_text(self) -> str:
        """The newsletter's template message as WhatsApp marks it; empty where it is not offered."""
        for each in self._shown:
            if each.spec.name == "whatsapp":
                for record in reversed(list(records(each.folder))):
                    if "top_reads" in str(record["request"].get("template")):
                        return str(record["preview"])
                raise StageFailed("WhatsApp: no edition arrived.")
        return ""

    def _until(self, stage: str, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._patience
        while not holds():
            if time.monotonic() > deadline:
                raise StageFailed(
                    f"The stage “{stage}” was not done within {self._patience:.0f} s. {_state()}"
                )
            time.sleep(self._patience / 600)


def _stories() -> QuerySet[Story]:
    return Story.objects.filter(merged_into=None, article_count__gt=0)


def _unassigned() -> bool:
    return Article.objects.filter(story_article=None, duplicate_of=None).exists()


def _press_all(links: set[str]) -> bool:
    for link in sorted(links):
        if confirming.press(link):
            links.discard(link)
    return not links


def _act_all(acts: list[acting.SampleAct], base_url: str) -> bool:
    for act in list(acts):
        if acting.perform(act, base_url):
            acts.remove(act)
    return not acts


def _done(kind: str) -> bool:
    sends = list(Send.objects.filter(kind=kind))
    return bool(sends) and all(send.state == Send.State.DONE for send in sends)


def _settled(readers: int) -> bool:
    from digest.audience.models.schedules import Slot

    slots = Slot.objects.exclude(state__in=[Slot.State.OPEN, Slot.State.READY])
    return slots.count() >= readers


def _sent(kind: str) -> int:
    sends = Send.objects.filter(kind=kind).values("pk")
    return Delivery.objects.filter(send__in=sends, state=Delivery.State.SENT).count()


def _state() -> str:
    failed = Feed.objects.exclude(error_reason="").values_list("url", "error_reason").first()
    sends = [f"{send} is {send.state} {send.state_reason}" for send in Send.objects.all()]
    said = f"A feed failed: {failed[0]}: {failed[1]}. " if failed else ""
    return said + "; ".join(sends)
