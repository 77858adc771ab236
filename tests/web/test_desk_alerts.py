"""Alerts on the desk: two steps out, then corrected or withdrawn; and sends with their controls."""

from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Alert, AlertRevision, AlertRule, Send, Story, Subscription
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.raise_alert import reword
from digest.outbound.channels.rendering import render_alert
from digest.outbound.delivery.figures.progress import Figures
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.planning.wording import newsroom
from digest.staff.access import Role
from digest.web.desk.sends import _whom
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(client: Client) -> Story:
    stories = desk_day.stories(now())
    client.force_login(desk_day.member(role=Role.CHIEF))
    for number in range(2):
        desk_day.reader(f"r{number}@example.org", now(), alerts=True)
    desk_day.reader("+6591234567", now(), alerts=True)
    return next(iter(stories.values()))


def raised(client: Client, story: Story, headline: str = "Ferry on fire off the coast") -> Any:
    return client.post(
        "/desk/alerts/raise",
        {"story": str(story.public_id), "headline": headline, "summary": "214 are aboard."},
    )


def act(client: Client, name: str, **fields: Any) -> Any:
    alert = Alert.objects.get()
    given = {"lock_version": alert.lock_version} | fields
    return client.post(f"/desk/alerts/{alert.public_id}/{name}", given)


def test_raising_sends_nothing_and_shows_what_would_go_to_whom(
    client: Client, story: Story
) -> None:
    form = client.get(f"/desk/alerts/raise?story={story.public_id}").content.decode()
    assert story.headline[:60] in form.replace("&#39;", "'")
    assert "2 readers by email, 1 by WhatsApp" in form
    answer = raised(client, story)
    alert = Alert.objects.get()
    assert answer.url == f"/desk/alerts/{alert.public_id}/"
    page = client.get(answer.url).content.decode()
    assert "It goes to 2 readers by email, 1 by WhatsApp, at once" in page
    assert "Breaking: Ferry on fire off the coast" in page
    assert not AlertRevision.objects.exists()
    mail = client.get(f"/desk/alerts/{alert.public_id}/mail")
    assert "Ferry on fire off the coast" in mail.content.decode()
    assert mail["Content-Security-Policy"].startswith("sandbox;")


def test_the_second_step_issues_it_once(client: Client, story: Story) -> None:
    raised(client, story)
    seen = Alert.objects.get().lock_version
    assert act(client, "issue").status_code == 302
    assert act(client, "issue", lock_version=seen).status_code == 302
    assert AlertRevision.objects.count() == 1
    assert Alert.objects.get().state == "issued"


def test_what_was_reworded_meanwhile_is_not_issued_unseen(client: Client, story: Story) -> None:
    raised(client, story)
    alert = Alert.objects.get()
    vera = desk_day.member("Vera Lind")
    reword(alert.pk, "Other words", "", lock_version=0, member=vera, now=now())
    answer = act(client, "issue", lock_version=0)
    assert answer.status_code == 409
    assert "Other words" in answer.content.decode()
    assert not AlertRevision.objects.exists()


def test_what_is_issued_are_the_words_on_the_screen(client: Client, story: Story) -> None:
    raised(client, story)
    typed = {"headline": "All are off the ship", "summary": "Nobody was hurt."}
    assert act(client, "issue", **typed).status_code == 302
    content = AlertRevision.objects.get().content
    assert (content["headline"], content["summary"]) == (typed["headline"], typed["summary"])


def test_words_that_cannot_go_stop_the_issue_and_are_kept(client: Client, story: Story) -> None:
    raised(client, story)
    words = "Fire " * 30
    answer = act(client, "issue", headline=words, summary="")
    assert answer.status_code == 422
    assert words.strip() in answer.content.decode()
    assert not AlertRevision.objects.exists()
    assert Alert.objects.get().headline == "Ferry on fire off the coast"


def test_issuing_again_says_that_it_is_out(client: Client, story: Story) -> None:
    raised(client, story)
    seen = Alert.objects.get().lock_version
    act(client, "issue")
    path = f"/desk/alerts/{Alert.objects.get().public_id}/"
    same = {"headline": "Ferry on fire off the coast", "summary": "214 are aboard."}
    act(client, "issue", lock_version=seen, **same)
    assert "It was out already" in client.get(path).content.decode()
    other = act(client, "issue", lock_version=seen, headline="Other words", summary="")
    assert other.status_code == 422
    assert "went out already, with other words" in other.content.decode()
    assert "Other words</textarea>" in other.content.decode()
    assert AlertRevision.objects.count() == 1


def test_a_correction_without_a_change_says_that_nothing_went(client: Client, story: Story) -> None:
    raised(client, story)
    act(client, "issue")
    same = act(client, "correct", headline="Ferry on fire off the coast", summary="214 are aboard.")
    assert same.status_code == 422
    assert "nothing was sent" in same.content.decode()


def test_raising_an_alert_on_what_was_alerted_already_says_so(client: Client, story: Story) -> None:
    raised(client, story)
    act(client, "issue")
    form = client.get(f"/desk/alerts/raise?story={story.public_id}").content.decode()
    assert "An alert on this story went out just now" in form
    assert "Ferry on fire off the coast" in form
    assert f"/desk/alerts/{Alert.objects.get().public_id}/" in form


def test_the_list_of_sends_says_which_is_the_correction(client: Client, story: Story) -> None:
    raised(client, story)
    act(client, "issue")
    act(client, "correct", headline="Ferry fire is out", summary="")
    act(client, "withdraw", reason="It was an exercise.")
    for revision in (1, 2, 3):
        for send_id in plan_alert(Alert.objects.get().pk, revision, now=now()).send_ids:
            fan_out(send_id, now=now())
    page = client.get("/desk/sends/").content.decode()
    assert page.count('<span class="tag">correction</span>') == 2
    assert page.count('<span class="tag">withdrawal</span>') == 2


def test_channels_that_reach_nobody_are_one_line_and_no_card(client: Client, story: Story) -> None:
    raised(client, story)
    act(client, "issue")
    Subscription.objects.filter(address__channel="whatsapp").delete()
    for send_id in plan_alert(Alert.objects.get().pk, 1, now=now()).send_ids:
        fan_out(send_id, now=now())
    page = client.get("/desk/sends/").content.decode()
    assert page.count("nobody gets it by WhatsApp.") == 1
    assert "<span>by WhatsApp</span>" not in page and "<span>by email</span>" in page
    alert = client.get(f"/desk/alerts/{Alert.objects.get().public_id}/").content.decode()
    assert "Nobody gets it by WhatsApp." in alert and "<span>by email</span>" in alert


def test_a_cancelled_send_has_no_full_bar(client: Client, story: Story) -> None:
    raised(client, story)
    act(client, "issue")
    for send_id in plan_alert(Alert.objects.get().pk, 1, now=now()).send_ids:
        fan_out(send_id, now=now())
    send = Send.objects.get(channel="email")
    client.post(f"/desk/sends/{send.pk}/cancel")
    page = client.get("/desk/sends/").content.decode()
    assert '<progress class="cancelled" max="2" value="0"' in page


def test_a_send_tells_one_reader_as_one_and_that_more_are_to_come(
    client: Client, story: Story
) -> None:
    raised(client, story)
    act(client, "issue")
    for send_id in plan_alert(Alert.objects.get().pk, 1, now=now()).send_ids:
        fan_out(send_id, now=now())
    assert "<dt>readers</dt><dd>2</dd>" in client.get("/desk/sends/").content.decode()
    Send.objects.filter(channel="email").update(fan_out_after=1)
    assert "<dt>readers so far</dt><dd>2</dd>" in client.get("/desk/sends/").content.decode()
    Send.objects.filter(channel="email").update(state="cancelled")
    assert "readers so far" not in client.get("/desk/sends/").content.decode()
    alone = Figures(1, 0, 0, 0, 1, 0, 0, 0, 0, rate=0.0, eta=None)
    assert _whom(Send(), alone) == "reader"


def test_a_headline_over_the_limit_is_refused_with_the_words_kept(
    client: Client, story: Story
) -> None:
    words = "Fire " * 30
    answer = raised(client, story, words)
    assert answer.status_code == 422
    assert "an alert takes 120" in answer.content.decode()
    assert words.strip() in answer.content.decode()
    assert not Alert.objects.exists()


def test_a_second_alert_on_a_story_leads_to_the_first(client: Client, story: Story) -> None:
    raised(client, story)
    first = f"/desk/alerts/{Alert.objects.get().public_id}/"
    assert client.get(f"/desk/alerts/raise?story={story.public_id}").url == first
    # The same words once more are the first's; others stay on their page, which leads there.
    assert raised(client, story).url == first
    answer = raised(client, story, "Again")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "waiting already" in page and first in page and "\nAgain</textarea>" in page
    assert Alert.objects.count() == 1


def test_a_correction_and_a_withdrawal_follow_what_went_out(client: Client, story: Story) -> None:
    raised(client, story)
    act(client, "issue")
    act(client, "correct", headline="Ferry fire is out", summary="Nobody was hurt.")
    empty = act(client, "withdraw", reason=" ")
    assert empty.status_code == 422
    act(client, "withdraw", reason="It was an exercise.")
    assert list(AlertRevision.objects.order_by("revision").values_list("kind", flat=True)) == [
        "first", "correction", "withdrawal",
    ]  # fmt: skip
    page = client.get(f"/desk/alerts/{Alert.objects.get().public_id}/").content.decode()
    assert "It was an exercise." in page
    assert "/correct" not in page


def test_what_was_discarded_went_to_nobody(client: Client, story: Story) -> None:
    raised(client, story)
    assert act(client, "discard").url == "/desk/alerts/"
    assert act(client, "issue").status_code == 422
    assert not AlertRevision.objects.exists()


def test_who_only_reads_can_neither_raise_nor_issue(client: Client, story: Story) -> None:
    raised(client, story)
    client.force_login(desk_day.member("Rui Costa", Role.READER))
    assert raised(client, story).status_code == 403
    assert act(client, "issue").status_code == 403
    assert client.get(f"/desk/alerts/{Alert.objects.get().public_id}/").status_code == 200


def test_a_send_shows_its_figures_and_obeys_the_control(client: Client, story: Story) -> None:
    raised(client, story)
    act(client, "issue")
    for send_id in plan_alert(Alert.objects.get().pk, 1, now=now()).send_ids:
        fan_out(send_id, now=now())
    send = Send.objects.get(channel="email")
    page = client.get("/desk/sends/").content.decode()
    assert "Alert: Ferry on fire off the coast" in page
    assert "<dt>to go</dt><dd>2</dd>" in page
    for verb, state in [("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")]:
        assert client.post(f"/desk/sends/{send.pk}/{verb}").url == "/desk/sends/"
        assert Send.objects.get(pk=send.pk).state == state
    refused = client.post(f"/desk/sends/{send.pk}/resume", follow=True).content.decode()
    assert "cannot be resumed" in refused


@pytest.mark.parametrize("story_id", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_no_alert_without_a_story(client: Client, story: Story, story_id: str) -> None:
    assert client.get(f"/desk/alerts/raise?story={story_id}").status_code == 404


def test_one_of_the_biggest_goes_to_those_who_want_only_these_and_the_page_says_how_many(
    client: Client, story: Story
) -> None:
    alerted = Subscription.objects.filter(alerts=True, address__channel="email")
    AlertRule.objects.create(subscription=alerted.order_by("pk")[0], biggest_only=True)
    form = client.get(f"/desk/alerts/raise?story={story.public_id}").content.decode()
    assert "then 2 readers by email, 1 by WhatsApp" in form
    assert "otherwise 1 reader by email, 1 by WhatsApp" in form
    raised(client, story)
    page = client.get(f"/desk/alerts/{Alert.objects.get().public_id}/").content.decode()
    assert "It goes to 1 reader by email" in page
    # What is ticked on the screen is what goes, saved or not.
    said = {"headline": "Ferry on fire off the coast", "summary": "214 are aboard."}
    act(client, "issue", **said, biggest="on")
    frozen = AlertRevision.objects.get()
    assert frozen.is_biggest and Alert.objects.get().is_biggest
    for send_id in plan_alert(frozen.alert_id, 1, now=now()).send_ids:
        fan_out(send_id, now=now())
    assert sorted(Send.objects.values_list("channel", "total")) == [("email", 2), ("whatsapp", 1)]


def test_whether_it_is_one_of_the_biggest_is_saved_with_the_words(
    client: Client, story: Story
) -> None:
    raised(client, story)
    said = {"headline": "Ferry on fire off the coast", "summary": "214 are aboard."}
    act(client, "reword", **said, biggest="on")
    assert Alert.objects.get().is_biggest
    act(client, "reword", **said)
    assert not Alert.objects.get().is_biggest


def test_words_in_another_language_go_to_who_reads_it_and_are_corrected_with_the_others(
    client: Client, story: Story
) -> None:
    raised(client, story)
    alert = Alert.objects.get()
    words = {"headline": alert.headline, "summary": alert.summary}
    korean = {"headline_ko": "해안에서 여객선 화재", "summary_ko": ""}
    page = f"/desk/alerts/{alert.public_id}/"
    assert act(client, "reword", **words, **korean).status_code == 302
    assert "해안에서 여객선 화재" in client.get(page + "?in=ko").content.decode()
    assert "해안에서 여객선 화재" in client.get(f"{page}mail?in=ko").content.decode()
    long = act(client, "issue", **words, headline_ko="가" * 200)
    assert long.status_code == 422 and "In ko: The headline has 200" in long.content.decode()
    assert "가" * 200 in long.content.decode(), "what was typed stays"
    assert act(client, "issue", **words, **korean).status_code == 302
    assert AlertRevision.objects.get().content["others"] == [["ko", "해안에서 여객선 화재", ""]]
    stale = act(client, "correct", headline="Ferry aground", summary="", **korean)
    assert stale.status_code == 422 and "went out already" in stale.content.decode()
    korean["headline_ko"] = "여객선 좌초"
    assert act(client, "correct", headline="Ferry aground", summary="", **korean).status_code == 302
    assert 'name="reason_ko"' in client.get(page).content.decode()
    refused = act(client, "withdraw", reason="", reason_ko="훈련이었습니다.")
    assert refused.status_code == 422 and "훈련이었습니다." in refused.content.decode()
    act(client, "withdraw", reason="It was a drill.", reason_ko="훈련이었습니다.", reason_fr="Non.")
    last = AlertRevision.objects.order_by("revision").last()
    assert last is not None
    assert last.content["others"] == [["ko", "여객선 좌초", "훈련이었습니다."]]
    said = AlertContent.from_document(last.content)
    text = render_alert(said.in_language("ko"), "email", newsroom()).fields["text"]
    assert "훈련이었습니다." in text and "drill" not in text


def test_a_withdrawal_names_its_headline_where_it_gives_no_reason(
    client: Client, story: Story
) -> None:
    raised(client, story)
    alert = Alert.objects.get()
    words = {"headline": alert.headline, "summary": alert.summary}
    act(client, "issue", **words, headline_ko="해안에서 여객선 화재", summary_ko="212명 탑승.")
    act(client, "withdraw", reason="It was a drill.")
    last = AlertRevision.objects.order_by("revision").last()
    assert last is not None and last.content["others"] == [["ko", "해안에서 여객선 화재", ""]]


def test_a_refused_withdrawal_keeps_its_reason_and_nobody_elses_words(
    client: Client, story: Story
) -> None:
    raised(client, story)
    korean = {"headline_ko": "연안 여객선 화재", "summary_ko": "214명이 타고 있다."}
    english = {"headline": "Ferry on fire off the coast", "summary": "214 are aboard."}
    act(client, "issue", **english, **korean)
    seen = Alert.objects.get().lock_version
    later = {"headline_ko": "화재 진압", "summary_ko": "모두 무사하다."}
    act(client, "correct", headline="Ferry fire is out", summary="All are safe.", **later)
    answer = act(client, "withdraw", reason="It was a drill.", lock_version=seen)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert page.count("It was a drill.") == 2
    assert '<details class="more" open><summary>Withdraw it' in page
    assert '<details class="more"><summary>Correct it' in page
    assert "Ferry fire is out</textarea>" in page and "All are safe.</textarea>" in page
    assert "화재 진압</textarea>" in page and "모두 무사하다.</textarea>" in page


def test_a_refused_correction_gives_back_the_words_of_every_language(
    client: Client, story: Story
) -> None:
    raised(client, story)
    act(client, "issue", headline="Ferry on fire", summary="214 are aboard.")
    typed = {"headline": "Fire " * 30, "summary": "", "headline_ko": "화재 진압", "summary_ko": ""}
    page = act(client, "correct", **typed).content.decode()
    assert "화재 진압</textarea>" in page and ("Fire " * 30).strip() in page
    assert '<details class="more" open><summary>Correct it' in page
