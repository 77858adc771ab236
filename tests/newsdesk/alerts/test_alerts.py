"""An alert's life: raised, reworded, approved, issued, corrected, withdrawn. Each step once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as some

from digest.models import Alert, AlertRevision, AuditEntry, Member, Story
from digest.newsdesk.alerts.approve import approve
from digest.newsdesk.alerts.board import board, preview
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.core.words import SUMMARY_LIMIT, AlertRefused, first_sentence
from digest.newsdesk.alerts.correct import correct
from digest.newsdesk.alerts.issue import Issued, issue
from digest.newsdesk.alerts.lock import StaleAlert
from digest.newsdesk.alerts.raise_alert import discard, raise_alert, reword
from digest.newsdesk.alerts.withdraw import withdraw
from tests.newsdesk.desk import NOW, editor, story

pytestmark = pytest.mark.django_db
woken: list[tuple[object, ...]] = []


def wake(*what: object) -> None:
    woken.append(what)


@pytest.fixture
def ann() -> Member:
    return editor("Ann")


@pytest.fixture
def fire() -> Story:
    return story("Ferry fire off the west coast", ["Yonhap", "Reuters"])


@pytest.fixture
def raised(fire: Story, ann: Member) -> int:
    return raise_alert(
        fire.pk, "Ferry on fire", "Rescue boats are on their way.", member=ann, now=NOW
    ).alert_id


def said(alert_id: int, revision: int) -> AlertContent:
    frozen = AlertRevision.objects.get(alert=alert_id, revision=revision)
    return AlertContent.from_document(frozen.content)


def test_the_life_of_an_alert(raised: int, ann: Member, fire: Story) -> None:
    ben, later = editor("Ben"), NOW + timedelta(minutes=5)
    seen = preview(raised, now=NOW)
    approve(raised, member=ben, now=NOW)
    assert issue(raised, member=ann, now=NOW) == Issued(raised, 1)
    first = said(raised, 1)
    assert first == seen
    assert (first.kind, first.headline, first.summary) == (
        "first",
        "Ferry on fire",
        "Rescue boats are on their way.",
    )
    assert first.sources == ("Yonhap", "Reuters")
    assert first.url.startswith("https://yonhap.example/")
    assert correct(raised, "Fire on a ferry is out", "", member=ann, now=later) == Issued(raised, 2)
    assert (said(raised, 2).kind, said(raised, 2).revision) == ("correction", 2)
    assert withdraw(raised, "It was a drill.", member=ben, now=later) == Issued(raised, 3)
    last = said(raised, 3)
    assert (last.kind, last.headline, last.summary) == (
        "withdrawal",
        "Fire on a ferry is out",
        "It was a drill.",
    )
    verbs = AuditEntry.objects.filter(subject_kind="alert").order_by("id")
    assert [(each.who, each.verb) for each in verbs] == [
        ("Ann", "raised"),
        ("Ben", "approved"),
        ("Ann", "issued"),
        ("Ann", "corrected"),
        ("Ben", "withdrawn"),
    ]
    (line,) = board()
    assert (line.state, line.approved_by) == ("withdrawn", "Ben")
    assert [each.kind for each in line.revisions] == ["first", "correction", "withdrawal"]


def test_every_step_taken_twice_changes_nothing(raised: int, ann: Member, fire: Story) -> None:
    again = raise_alert(
        fire.pk, "Ferry on fire ", "Rescue boats are on their way.", member=ann, now=NOW
    )
    assert (again.alert_id, again.first) == (raised, False)
    assert approve(raised, member=ann, now=NOW) == approve(raised, member=ann, now=NOW)
    issue(raised, member=ann, now=NOW)
    assert issue(raised, member=ann, now=NOW) == Issued(raised, 1, first=False)
    correct(raised, "Out", "Out.", member=ann, now=NOW)
    assert correct(raised, "Out", "Out.", member=ann, now=NOW) == Issued(raised, 2, first=False)
    withdraw(raised, "A drill.", member=ann, now=NOW)
    assert withdraw(raised, "A drill!", member=ann, now=NOW) == Issued(raised, 3, first=False)
    assert AlertRevision.objects.count() == 3
    assert AuditEntry.objects.filter(subject_kind="alert").count() == 5


@pytest.mark.django_db(transaction=True)
def test_issued_from_four_desks_at_once_it_goes_out_once(raised: int, ann: Member) -> None:
    together = Barrier(4)

    def go(_: int) -> bool:
        together.wait(10)
        try:
            return issue(raised, member=ann, now=NOW).first
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(go, range(4))) == [False, False, False, True]
    assert AlertRevision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_raised_twice_at_once_there_is_one_draft(fire: Story, ann: Member) -> None:
    together = Barrier(3)

    def go(_: int) -> int:
        together.wait(10)
        try:
            return raise_alert(fire.pk, "Ferry on fire", "", member=ann, now=NOW).alert_id
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(go, range(3)))) == 1
    assert Alert.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@override_settings(DIGEST_WAKER="tests.newsdesk.alerts.test_alerts.wake")
def test_the_senders_are_woken_after_each_revision_and_only_then(fire: Story, ann: Member) -> None:
    woken.clear()
    made = raise_alert(fire.pk, "Ferry on fire", "", member=ann, now=NOW).alert_id
    approve(made, member=ann, now=NOW)
    assert woken == []
    issue(made, member=ann, now=NOW)
    issue(made, member=ann, now=NOW)
    assert woken == [("alerts", made)]
    withdraw(made, "A drill.", member=ann, now=NOW)
    assert woken == 2 * [("alerts", made)]


def test_an_alert_fits_a_glance(fire: Story, ann: Member) -> None:
    with pytest.raises(AlertRefused, match="121 characters; an alert takes 120"):
        raise_alert(fire.pk, "x" * 121, "", member=ann, now=NOW)
    with pytest.raises(AlertRefused, match="summary has"):
        raise_alert(fire.pk, "x", "y" * (SUMMARY_LIMIT + 1), member=ann, now=NOW)
    with pytest.raises(AlertRefused, match="needs a headline"):
        raise_alert(fire.pk, " \n", "", member=ann, now=NOW)
    made = raise_alert(fire.pk, "Two\nlines\u202e", "", member=ann, now=NOW).alert_id
    assert Alert.objects.get(pk=made).headline == "Two lines"


def test_a_second_alert_waiting_on_one_story_is_refused(
    raised: int, fire: Story, ann: Member
) -> None:
    with pytest.raises(AlertRefused, match="waiting already"):
        raise_alert(fire.pk, "Other words", "", member=ann, now=NOW)
    discard(raised, member=ann, now=NOW)
    assert raise_alert(fire.pk, "Other words", "", member=ann, now=NOW).first


def test_rewording_voids_an_approval_and_a_stale_page_does_not_issue(
    raised: int, ann: Member
) -> None:
    version = approve(raised, member=ann, now=NOW)
    done = reword(raised, "Ferry burning", "", lock_version=version, member=editor("Ben"), now=NOW)
    assert Alert.objects.get(pk=raised).state == "draft"
    with pytest.raises(StaleAlert, match=r"Ferry burning.*reload"):
        issue(raised, member=ann, now=NOW, lock_version=version)
    issue(raised, member=ann, now=NOW, lock_version=done.lock_version)
    assert said(raised, 1).headline == "Ferry burning"


def test_whoever_issues_a_draft_approves_it(raised: int, ann: Member) -> None:
    issue(raised, member=ann, now=NOW)
    assert Alert.objects.get(pk=raised).approved_by == ann


def test_steps_out_of_order_name_the_right_one(raised: int, ann: Member) -> None:
    by = {"member": ann, "now": NOW}
    with pytest.raises(AlertRefused, match="Reword it"):
        correct(raised, "x", "", **by)
    with pytest.raises(AlertRefused, match="Discard it"):
        withdraw(raised, "x", **by)
    issue(raised, **by)
    with pytest.raises(AlertRefused, match="withdrawn, not discarded"):
        discard(raised, **by)
    with pytest.raises(AlertRefused, match="corrected, not changed"):
        reword(raised, "x", "", lock_version=1, **by)
    with pytest.raises(AlertRefused, match="Say in one sentence why"):
        withdraw(raised, " ", **by)
    withdraw(raised, "A drill.", **by)
    for late in (lambda: issue(raised, **by), lambda: correct(raised, "x", "", **by)):
        with pytest.raises(AlertRefused, match="Raise a new alert"):
            late()


def test_a_story_without_a_live_article_raises_none_but_can_be_withdrawn(
    raised: int, fire: Story, ann: Member
) -> None:
    issue(raised, member=ann, now=NOW)
    url = said(raised, 1).url
    for member in fire.members.select_related("article"):
        member.article.withdrawn_at = NOW
        member.article.save()
    with pytest.raises(AlertRefused, match="nothing to link"):
        raise_alert(fire.pk, "x", "", member=ann, now=NOW)
    withdraw(raised, "Its outlets took it back.", member=ann, now=NOW)
    assert said(raised, 2).url == url


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("The ferry burns. Boats are out.", "The ferry burns."),
        ("U.S. troops left No. 10 today. More soon.", "U.S. troops left No. 10 today."),
        ("One sentence without an end", "One sentence without an end"),
        ("火災が発生した。救助中だ。", "火災が発生した。"),
        ("", ""),
    ],
)
def test_the_first_sentence_is_offered_as_a_summary(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


@given(some.text(max_size=600))
def test_an_offered_summary_always_fits(text: str) -> None:
    assert len(first_sentence(text)) <= SUMMARY_LIMIT
    assert "\n" not in first_sentence(text)
