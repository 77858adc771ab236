"""The picture above an alert: whose decision it is, what it is kept by, and what takes it away."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.models import Alert, AlertRevision, AuditEntry, Member, Story
from digest.newsdesk.alerts.approve import approve
from digest.newsdesk.alerts.board import board, preview
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.core.words import AlertRefused, AlertWords
from digest.newsdesk.alerts.correct import correct
from digest.newsdesk.alerts.illustrate import offered
from digest.newsdesk.alerts.issue import Issued, issue
from digest.newsdesk.alerts.raise_alert import raise_alert, reword
from digest.newsdesk.alerts.withdraw import withdraw
from digest.newsdesk.picture import Picture
from tests.newsdesk.desk import NOW, editor, report, story

URL, OTHER = "https://wire.example/ferry.jpg", "https://wire.example/quay.jpg"
CREDITED = {"image_url": URL, "image_alt": "A ferry\nalight", "image_credit": "Lina Sato"}
SHOWN = Picture(URL, "A ferry alight", "Lina Sato")


@pytest.fixture
def ann(db: None) -> Member:
    return editor("Ann")


def fire(**picture: str) -> Story:
    return story("Ferry fire off the west coast", ["Yonhap"], **picture)


def raised(on: Story, ann: Member) -> Alert:
    made = raise_alert(on.pk, "Ferry on fire", "Boats are out.", member=ann, now=NOW)
    return Alert.objects.get(pk=made.alert_id)


def said(alert: Alert, revision: int) -> AlertContent:
    frozen = AlertRevision.objects.get(alert=alert, revision=revision)
    return AlertContent.from_document(frozen.content)


def show(alert: Alert, picture: str, ann: Member) -> None:
    version = Alert.objects.get(pk=alert.pk).lock_version
    by = {"member": ann, "now": NOW}
    reword(alert.pk, alert.headline, alert.summary, lock_version=version, picture=picture, **by)


def test_a_credited_picture_stands_above_a_new_draft_and_one_without_does_not(ann: Member) -> None:
    alert = raised(fire(**CREDITED), ann)
    assert alert.picture == SHOWN
    assert preview(alert.pk, now=NOW).picture == SHOWN
    nobodys = raised(fire(image_url=URL), ann)
    assert nobodys.picture is None
    assert offered(nobodys) == Picture(URL)
    assert raised(fire(), ann).picture is None


def test_an_editor_shows_it_and_leaves_it_out_and_the_trail_says_which(ann: Member) -> None:
    alert = raised(fire(image_url=URL), ann)
    show(alert, URL, ann)
    assert preview(alert.pk, now=NOW).picture == Picture(URL)
    show(alert, "", ann)
    assert preview(alert.pk, now=NOW).picture is None
    entry = AuditEntry.objects.filter(verb="reworded").latest("id")
    assert entry.detail["before"]["picture"] == URL


def test_other_words_leave_it_as_it_is(ann: Member) -> None:
    alert = raised(fire(**CREDITED), ann)
    reword(alert.pk, "Other words", "", lock_version=0, member=ann, now=NOW)
    assert Alert.objects.get().picture == SHOWN


def test_a_picture_that_nobody_saw_there_is_refused(ann: Member) -> None:
    alert = raised(fire(**CREDITED), ann)
    with pytest.raises(AlertRefused, match="another picture by now"):
        show(alert, "https://elsewhere.example/x.jpg", ann)


def test_showing_one_voids_an_approval(ann: Member) -> None:
    alert = raised(fire(image_url=URL), ann)
    approve(alert.pk, member=ann, now=NOW)
    show(alert, URL, ann)
    assert Alert.objects.get().state == "draft"


def test_what_was_approved_goes_out_whatever_the_story_shows_by_then(ann: Member) -> None:
    on = fire(**CREDITED)
    alert = raised(on, ann)
    approve(alert.pk, member=ann, now=NOW)
    lead = on.members.get().article
    lead.image_url = OTHER
    lead.save()
    issue(alert.pk, member=ann, now=NOW)
    assert said(alert, 1).picture == SHOWN


def test_a_picture_that_came_after_the_draft_is_offered_and_not_shown(ann: Member) -> None:
    on = fire()
    alert = raised(on, ann)
    report(on, "Reuters", NOW + timedelta(minutes=1), **CREDITED)
    assert offered(alert) == SHOWN
    issue(alert.pk, member=ann, now=NOW)
    assert said(alert, 1).picture is None


def test_a_correction_carries_it_or_drops_it_and_a_withdrawal_has_none(ann: Member) -> None:
    alert, by = raised(fire(**CREDITED), ann), {"member": ann, "now": NOW}
    issue(alert.pk, **by)
    assert correct(alert.pk, "Fire is out", "", **by) == Issued(alert.pk, 2)
    assert said(alert, 2).picture == SHOWN
    # The same words without it are another message, and once more are none.
    assert correct(alert.pk, "Fire is out", "", keeps_picture=False, **by) == Issued(alert.pk, 3)
    again = correct(alert.pk, "Fire is out", "", keeps_picture=False, **by)
    assert again == Issued(alert.pk, 3, first=False)
    assert said(alert, 3).picture is None
    assert correct(alert.pk, "Fire is out after all", "", **by) == Issued(alert.pk, 4)
    assert said(alert, 4).picture is None
    (line,) = board()
    assert [each.has_picture for each in line.revisions] == [True, True, False, False]

    other = raised(fire(**CREDITED), ann)
    issue(other.pk, **by)
    withdraw(other.pk, "It was a drill.", **by)
    assert said(other, 1).picture == SHOWN and said(other, 2).picture is None


def test_in_another_language_the_headline_says_what_it_shows(ann: Member) -> None:
    alert = raised(fire(**CREDITED), ann)
    told = {"ko": AlertWords("여객선 화재", "")}
    by = {"lock_version": 0, "member": ann, "now": NOW}
    reword(alert.pk, alert.headline, "", others=told, **by)
    content = preview(alert.pk, now=NOW)
    assert content.in_language("ko").picture == Picture(URL, "", "Lina Sato")
    assert content.in_language("en").picture == SHOWN


def test_a_document_from_before_there_were_pictures_is_still_read() -> None:
    content = AlertContent("a", "first", "Ferry on fire", "https://x.example/1", "en")
    document = content.to_document()
    # A worker that was not restarted yet knows of no such field, and would refuse it.
    assert "picture" not in document
    assert AlertContent.from_document(document) == content


PICTURES = some.none() | some.builds(Picture, some.text(min_size=1), some.text(), some.text())


@given(PICTURES, some.text(min_size=1), some.text())
def test_a_document_says_what_the_content_said(
    picture: Picture | None, headline: str, summary: str
) -> None:
    content = AlertContent(
        "a", "first", headline, "https://x.example/1", "en", summary, ("One",), picture=picture
    )
    assert AlertContent.from_document(content.to_document()) == content
