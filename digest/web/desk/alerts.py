"""Alerts: raise one, see it as its readers will, issue it; correct or withdraw what went out."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digest.audience.core import languages
from digest.audience.core.alert_rules import AlertAim
from digest.kit import clock
from digest.kit.text import cut, one_line
from digest.newsdesk.alerts import board, correct, issue, raise_alert, withdraw
from digest.newsdesk.alerts.candidates import may_be_breaking
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.core.words import (
    HEADLINE_LIMIT,
    SUMMARY_LIMIT,
    AlertRefused,
    AlertWords,
    checked,
    checked_others,
    first_sentence,
)
from digest.newsdesk.alerts.lock import StaleAlert, locked
from digest.newsdesk.alerts.models import Alert
from digest.newsdesk.alerts.revise import topics_of
from digest.newsdesk.stories.models import Story
from digest.outbound.channels.costs import CostForecast
from digest.outbound.delivery.models import Send
from digest.staff.access import Right, may
from digest.staff.members import Member
from digest.web.desk import arriving, given, previews, reach, times
from digest.web.desk.guard import MAIL_POLICY, can, member_of, needs
from digest.web.desk.providers import costs
from digest.web.desk.reach import Reach
from digest.web.desk.sends import standing
from digest.web.desk.told import alert_picture
from digest.web.desk.told.alert_form import AlertForm

WAITING = (Alert.State.DRAFT, Alert.State.APPROVED)


@require_safe
@needs(Right.SEE_DESK)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """What may be breaking, what waits for a decision, what is out and how far it is."""
    now, member = clock.now(), member_of(request)
    alerts = board.board()
    context = {
        "here": "alerts",
        "hot": may_be_breaking(now=now),
        "waiting": [each for each in alerts if each.state in WAITING],
        "out": [
            (each, standing(Send.Kind.ALERT, each.alert_id, now=now))
            for each in alerts
            if each.state not in WAITING
        ],
        "when": lambda at: times.day_and_time(at, member.time_zone, now),
        "may_raise": can(request, Right.RAISE_ALERT),
    }
    return render(request, "desk/alerts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RAISE_ALERT)
def raise_page(request: HttpRequest) -> HttpResponseBase:
    """First of two steps: the words. Nothing goes out yet."""
    asked = request.POST if request.method == "POST" else request.GET
    story = get_object_or_404(Story, public_id=given.uuid(asked.get("story", "")))
    waiting = Alert.objects.filter(story=story, state__in=WAITING).first()
    # Words that somebody has typed meanwhile stay on their page, beside the one that was quicker.
    if waiting is not None and request.method != "POST":
        messages.info(request, "An alert on this story is waiting already: this one.")
        return redirect("desk:alert", waiting.public_id)
    headline = cut(one_line(story.headline), HEADLINE_LIMIT)
    summary = first_sentence(story.summary)
    suggested = {"headline": headline, "summary": summary, "is_biggest": False}
    problem = ""
    form = AlertForm.of(request)
    if request.method == "POST":
        headline, summary = form.headline, form.summary
        try:
            raised = raise_alert.raise_alert(
                story.pk,
                headline,
                summary,
                member=member_of(request),
                now=clock.now(),
                is_biggest=form.is_biggest,
            )
        except AlertRefused as error:
            problem = str(error)
        else:
            return redirect("desk:alert", Alert.objects.get(pk=raised.alert_id).public_id)
    now = clock.now()
    before = Alert.objects.filter(story=story, issued_at__isnull=False).order_by("-issued_at")
    context = {
        "here": "alerts",
        "story": story,
        "before": [(each, times.ago(each.issued_at or now, now)) for each in before[:3]],
        "waiting": waiting if problem else None,
        "stands": suggested,
        "headline": headline,
        "summary": summary,
        "problem": problem,
        "is_biggest": form.is_biggest,
        **_reach(story, now),
        **_limits(),
    }
    return render(request, "desk/raise.html", context, status=422 if problem else 200)


@require_safe
@needs(Right.SEE_DESK)
def alert_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Second step: the alert as its readers will see it; afterwards, how it stands."""
    return _alert(request, get_object_or_404(Alert, public_id=public_id))


@require_safe
@xframe_options_sameorigin
@needs(Right.SEE_DESK)
def mail_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The alert's mail alone, for the frame."""
    alert = get_object_or_404(Alert, public_id=public_id)
    content = board.preview(alert.pk, now=clock.now())
    made = previews.of_alert(content.in_language(_language(request, content)))
    shown = made.by(request.GET.get("show", ""))
    html = shown.preview.page if shown and shown.preview.page else made.page
    return HttpResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})


@require_POST
@needs(Right.RAISE_ALERT)
def reword(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Change the words of an alert that has not gone out."""
    alert, form = get_object_or_404(Alert, public_id=public_id), AlertForm.of(request)

    def step() -> None:
        raise_alert.reword(
            alert.pk,
            form.headline,
            form.summary,
            lock_version=form.lock_version,
            member=member_of(request),
            now=clock.now(),
            is_biggest=form.is_biggest,
            others=form.others,
            picture=form.picture,
        )

    return _made(request, alert, step)


@require_POST
@needs(Right.RAISE_ALERT)
def discard(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Let an alert drop that has not gone out."""
    alert = get_object_or_404(Alert, public_id=public_id)
    try:
        raise_alert.discard(alert.pk, member=member_of(request), now=clock.now())
    except AlertRefused as error:
        return _alert(request, alert, str(error))
    messages.success(request, "The alert was discarded. Nobody got it.")
    return redirect("desk:alerts")


@require_POST
@needs(Right.ISSUE_ALERT)
def issue_now(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Send it, with the words in the form, which names the version that the editor saw."""
    alert, form = get_object_or_404(Alert, public_id=public_id), AlertForm.of(request)

    def step() -> None:
        now, member, version = clock.now(), member_of(request), form.lock_version
        if form.carries_words:
            version = _as_on_screen(alert, form, member, now)
        done = issue.issue(alert.pk, member=member, now=now, lock_version=version)
        if not done.first:
            messages.info(request, f"It was out already: {_when_issued(alert, member, now)}.")

    return _made(request, alert, step)


def _as_on_screen(alert: Alert, form: AlertForm, member: Member, now: datetime) -> int:
    """Make the alert say what is in the form, and return the version to issue."""
    said = locked(alert.pk, None)
    words = checked(form.headline, form.summary)
    same = (said.headline, said.summary) == (words.headline, words.summary)
    same = same and checked_others(form.others) == said.in_others
    shown = said.picture.url if said.picture else ""
    same = same and form.picture in (None, shown)
    # Of one that is out already, whom it went to is settled; what it says decides what is said.
    if same and (said.is_biggest == form.is_biggest or said.state == Alert.State.ISSUED):
        return form.lock_version
    if said.state == Alert.State.ISSUED:
        raise AlertRefused(
            f"It went out already, with other words: {_when_issued(said, member, now)}. Nothing "
            "of yours was sent. Your words are in the correction below: send it to change them."
        )
    reworded = raise_alert.reword(
        alert.pk,
        form.headline,
        form.summary,
        lock_version=form.lock_version,
        member=member,
        now=now,
        is_biggest=form.is_biggest,
        others=form.others,
        picture=form.picture,
    )
    return reworded.lock_version


def _when_issued(alert: Alert, member: Member, now: datetime) -> str:
    last = alert.revisions.order_by("-revision").first()
    if last is None:
        return "just now"
    return f"{times.day_and_time(last.issued_at, member.time_zone, now)}, by {last.issued_by}"


@require_POST
@needs(Right.ISSUE_ALERT)
def correct_now(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Send a correction after it, on every channel that got it."""
    alert, form = get_object_or_404(Alert, public_id=public_id), AlertForm.of(request)

    def step() -> None:
        done = correct.correct(
            alert.pk,
            form.headline,
            form.summary,
            member=member_of(request),
            now=clock.now(),
            lock_version=form.lock_version,
            others=form.others,
            keeps_picture=form.picture != "",
        )
        if not done.first:
            raise AlertRefused(
                "These are the words that readers have already, so nothing was sent. Change "
                "them, then send the correction."
            )

    return _made(request, alert, step)


@require_POST
@needs(Right.ISSUE_ALERT)
def withdraw_now(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Tell its readers that it does not hold."""
    alert, form = get_object_or_404(Alert, public_id=public_id), AlertForm.of(request)

    def step() -> None:
        withdraw.withdraw(
            alert.pk,
            form.reason,
            member=member_of(request),
            now=clock.now(),
            lock_version=form.lock_version,
            others=form.reasons,
        )

    return _made(request, alert, step)


def _made(request: HttpRequest, alert: Alert, step: Callable[[], None]) -> HttpResponseBase:
    try:
        with transaction.atomic():
            step()
    except (StaleAlert, AlertRefused) as error:
        alert.refresh_from_db()
        status = 409 if isinstance(error, StaleAlert) else 422
        return _alert(request, alert, str(error), status)
    return redirect("desk:alert", alert.public_id)


def _alert(
    request: HttpRequest, alert: Alert, problem: str = "", status: int = 422
) -> HttpResponseBase:
    """The page; after a refusal each form holds what was typed into it, and no other's words."""
    now, member, form = clock.now(), member_of(request), AlertForm.of(request)
    content = board.preview(alert.pk, now=now)
    shown_in = _language(request, content)
    made = previews.of_alert(content.in_language(shown_in))
    typed = form.carries_words
    is_biggest = form.is_biggest if typed else alert.is_biggest
    reached, sends = _reach(alert.story, now), standing(Send.Kind.ALERT, alert.pk, now=now)
    since = (now - sends[0].send.due_at).total_seconds() if sends else 0.0
    context = {
        "here": "alerts",
        "alert": board.alert_on_board(alert.pk),
        "story": alert.story,
        "headline": form.headline if typed else alert.headline,
        "summary": form.summary if typed else alert.summary,
        "stands": {
            "headline": alert.headline,
            "summary": alert.summary,
            "is_biggest": alert.is_biggest,
            "shows_picture": alert.picture is not None,
        },
        "typed": typed,
        "reason": form.reason,
        "others": _shown_others(alert, form.others if typed else alert.in_others),
        "withdrawn_in": _reasons(form, alert),
        "picture": alert_picture.offered(alert),
        "shows_picture": bool(alert.picture if form.picture is None else form.picture),
        "shown_in": shown_in,
        "written_in": [(tag, languages.name_of(tag)) for tag in content.languages],
        "previews": made.shown,
        "trouble": made.problem,
        "is_biggest": is_biggest,
        **reached,
        "called_back": reach.called_back(reached["reach_biggest" if is_biggest else "reach"]),
        "costs": _costs(alert.story, is_biggest, now) if alert.state in WAITING else (),
        "sends": sends,
        "arriving": arriving.arriving(sends, since) if sends else [],
        "when": lambda at: times.day_and_time(at, member.time_zone, now),
        "is_waiting": alert.state in WAITING,
        "may_raise": can(request, Right.RAISE_ALERT),
        "may_issue": can(request, Right.ISSUE_ALERT),
        "may_serve": may(member.role, Right.SERVE_READERS),
        "problem": problem,
        **_limits(),
    }
    return render(request, "desk/alert.html", context, status=status if problem else 200)


def _reach(story: Story, now: datetime) -> dict[str, Reach]:
    """Whom an alert on the story would reach, and whom if it is one of the biggest."""
    topics = frozenset(topics_of(story))
    return {
        "reach": reach.of_alerts(AlertAim(topics), now=now),
        "reach_biggest": reach.of_alerts(AlertAim(topics, is_biggest=True), now=now),
    }


def _costs(story: Story, is_biggest: bool, now: datetime) -> tuple[CostForecast, ...]:
    aim = AlertAim(frozenset(topics_of(story)), is_biggest=is_biggest)
    return costs.of_alerts(aim, now=now)


def _limits() -> dict[str, int]:
    return {"headline_limit": HEADLINE_LIMIT, "summary_limit": SUMMARY_LIMIT}


def _shown_others(alert: Alert, said: dict[str, AlertWords]) -> list[tuple[str, str, AlertWords]]:
    """The fields for words in other languages: tag, the language by its own name, words."""
    own = languages.primary(alert.language)
    return [
        (tag, name, said.get(tag, AlertWords("", "")))
        for tag, name in languages.SPOKEN.items()
        if languages.primary(tag) != own
    ]


def _reasons(form: AlertForm, alert: Alert) -> list[tuple[str, str, str]]:
    """The fields for why it does not hold, in the languages it was said in besides ours."""
    tags = sorted(alert.in_others)
    return [(tag, languages.name_of(tag), form.reasons.get(tag, "")) for tag in tags]


def _language(request: HttpRequest, content: AlertContent) -> str:
    """In which of its languages the alert is looked at."""
    asked = request.GET.get("in", "")
    return asked if asked in content.languages else content.language
