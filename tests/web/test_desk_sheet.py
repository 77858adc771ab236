"""The sheet: what editors do to an edition, what they are told, and what they are kept from."""

import re
from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import AuditEntry, Edition, Item, ItemWording, Member, Story
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.editions.publish import publish
from digest.newsdesk.editions.reconcile import item_on_sheet, standing_words
from digest.web.desk import stamps
from tests.web import desk_day

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("x")</script> & "quotes" <img src=x onerror=alert(1)>'


class Desk:
    """An editor at the sheet of one edition."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.ann = desk_day.member()
        self.stories = desk_day.stories(now())
        self.edition = desk_day.edition(now())
        client.force_login(self.ann)

    @property
    def path(self) -> str:
        return f"/desk/editions/{self.edition.public_id}/"

    @property
    def items(self) -> list[Item]:
        return list(self.edition.items.filter(killed=False).order_by("position"))

    @property
    def version(self) -> int:
        return Edition.objects.get(pk=self.edition.pk).lock_version

    def page(self, query: str = "") -> str:
        return self.client.get(self.path + query).content.decode()

    def act(self, name: str, **fields: Any) -> Any:
        return self.client.post(self.path + name, {"lock_version": self.version} | fields)


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def shown(page: str) -> list[str]:
    return [int(each) for each in re.findall(r'data-row="(\d+)"', page)]  # type: ignore[misc]


def test_the_items_stand_in_their_order_with_their_reason(desk: Desk) -> None:
    page = desk.page()
    assert shown(page) == [item.pk for item in desk.items]
    assert "By rule: " in page
    assert "by rule unless you change or skip it" in page


def test_each_change_is_made_and_leads_back_to_the_sheet(desk: Desk) -> None:
    first, second, third, *_ = (item.pk for item in desk.items)
    for name, fields in [
        ("move", {"item": third, "by": -2}),
        ("pin", {"item": second, "pinned": "1"}),
        ("kill", {"item": first}),
        ("reword", {"item": second, "headline": "Our words", "blurb": "", "channel": ""}),
        ("reword", {"item": second, "headline": "For phones", "blurb": "", "channel": "whatsapp"}),
        ("retitle", {"title": "Early briefing", "intro": "Good morning."}),
    ]:
        answer = desk.act(name, **fields)
        assert (answer.status_code, answer.url) == (302, desk.path)
    page = desk.page()
    assert shown(page)[:2] == [third, second]
    assert first not in shown(page)
    assert "Our words" in page
    assert "For phones" in desk.page("?show=whatsapp")
    assert "Early briefing" in page
    assert "Good morning." in page
    assert Item.objects.get(pk=second).pinned
    verbs = AuditEntry.objects.filter(subject_kind="edition", member=desk.ann)
    assert verbs.count() == 6


def test_undo_takes_back_one_change_after_the_other(desk: Desk) -> None:
    before = [item.pk for item in desk.items]
    desk.act("move", item=before[2], by=-2)
    desk.act("kill", item=before[0])
    desk.act("reword", item=before[1], headline="Our words", blurb="", channel="")
    desk.act("pin", item=before[1], pinned="1")
    desk.act("retitle", title="Another", intro="")
    for _ in range(5):
        assert desk.act("undo").status_code == 302
    assert [item.pk for item in desk.items] == before
    assert content_of(desk.edition.pk).title == "Morning briefing"
    assert not Item.objects.get(pk=before[1]).pinned
    assert "Our words" not in desk.page()
    empty = desk.act("undo")
    assert empty.status_code == 422
    assert "nothing of yours left to undo" in empty.content.decode()


def test_who_was_too_late_is_told_and_loses_no_words(desk: Desk) -> None:
    seen = desk.version
    item = desk.items[0]
    vera = desk_day.member("Vera Lind")
    curate.kill(desk.edition.pk, desk.items[3].pk, lock_version=seen, member=vera, now=now())
    answer = desk.act(
        "reword", item=item.pk, headline="My long thought", blurb="", channel="", lock_version=seen
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Vera Lind changed this edition" in page
    assert "My long thought" in page
    assert not item.wordings.exists()
    assert f'name="lock_version" value="{seen + 1}"' in page
    again = desk.act("reword", item=item.pk, headline="My long thought", blurb="", channel="")
    assert again.status_code == 302
    assert item.wordings.get().headline == "My long thought"


def test_an_undo_that_came_too_late_can_be_tried_again(desk: Desk) -> None:
    desk.act("kill", item=desk.items[0].pk)
    assert desk.act("undo", lock_version=0).status_code == 409
    assert desk.act("undo").status_code == 302
    assert not Item.objects.filter(edition=desk.edition, killed=True).exists()


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
def test_a_form_without_a_proper_version_changes_nothing(desk: Desk, version: str) -> None:
    answer = desk.act("approve", lock_version=version)
    assert answer.status_code == 409
    assert not Item.objects.filter(killed=True).exists()


@pytest.mark.parametrize("item", ["", "x", "999999", "-5", "9" * 30])
def test_an_item_of_elsewhere_is_refused(desk: Desk, item: str) -> None:
    for name in ("kill", "pin", "move", "reword", "revive"):
        assert desk.act(name, item=item, by=1, headline="x").status_code == 422


def test_words_that_are_too_long_are_refused_and_kept(desk: Desk) -> None:
    words = "word " * 60
    answer = desk.act("reword", item=desk.items[0].pk, headline=words, blurb="", channel="")
    assert answer.status_code == 422
    assert words.strip() in answer.content.decode()


def test_saving_the_outlets_words_unchanged_makes_them_nobodys(desk: Desk) -> None:
    item = desk.items[0]
    story = content_of(desk.edition.pk).items[0]
    desk.act("reword", item=item.pk, headline=story.headline, blurb="Our blurb", channel="")
    assert item.wordings.get().headline == ""
    desk.act("reword", item=item.pk, headline="", blurb="", channel="")
    assert not item.wordings.exists()


def test_a_story_of_the_wire_joins_from_the_wire_and_from_the_sheet(desk: Desk) -> None:
    there = {item.story_id for item in desk.items}
    one, two = [each for each in desk.stories.values() if each.pk not in there][:2]
    from_wire = desk.client.post(
        desk.path + "add", {"story": str(one.public_id), "next": "/desk/?topic=trade"}
    )
    assert from_wire.url == "/desk/?topic=trade"
    assert desk.act("add", story=str(two.public_id)).url == desk.path
    assert [item.story_id for item in desk.items][-2:] == [one.pk, two.pk]
    again = desk.act("add", story=str(two.public_id))
    assert again.status_code == 422
    assert desk.act("add", story="no-uuid").status_code == 404


def test_no_get_changes_anything(desk: Desk) -> None:
    for act in ("move", "kill", "approve", "skip", "test", "undo"):
        assert desk.client.get(desk.path + act).status_code == 405


def test_hostile_headlines_are_words_everywhere(desk: Desk) -> None:
    item = desk.items[0]
    Story.objects.filter(pk=item.story_id).update(headline=HOSTILE)
    desk.act("reword", item=item.pk, headline=HOSTILE, blurb=HOSTILE, channel="")
    pages = [
        desk.page(),
        desk.page("?show=whatsapp"),
        desk.client.get("/desk/").content.decode(),
        desk.client.get(f"/desk/alerts/raise?story={item.story.public_id}").content.decode(),
        desk.client.get(desk.path + "mail").content.decode(),
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "onerror=alert(1)>" not in page
        assert "&lt;script&gt;" in page


def test_the_mail_in_the_frame_can_do_nothing(desk: Desk) -> None:
    assert f'src="{desk.path}mail?v={desk.version}&amp;show=email" sandbox=""' in desk.page()
    answer = desk.client.get(desk.path + "mail")
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox;")
    assert "script" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert desk.client.get(desk.path)["X-Frame-Options"] == "DENY"


def test_the_previews_are_the_words_that_would_be_sent(desk: Desk) -> None:
    desk.act("reword", item=desk.items[0].pk, headline="Short", blurb="", channel="whatsapp")
    chat = desk.page("?show=whatsapp")
    assert re.search(r"\d+ of 1,024 characters on WhatsApp · template “top_reads_5”", chat)
    assert "Short" in chat[chat.index('class="bub"') :]
    mail = desk.client.get(desk.path + "mail").content.decode()
    assert content_of(desk.edition.pk).items[0].headline in mail.replace("&#39;", "'")


def test_approving_says_what_it_does_and_freezes_the_sheet(desk: Desk) -> None:
    assert desk.edition.newsletter is not None
    for number in range(3):
        desk_day.reader(f"r{number}@example.org", now(), on=desk.edition.newsletter)
    desk_day.reader("+6591234567", now(), on=desk.edition.newsletter)
    page = desk.page()
    assert "To 3 readers by email, 1 by WhatsApp." in page
    assert desk.act("approve").url == desk.path
    page = desk.page()
    assert "approved by Ann Ito" in page
    assert "data-frozen" in page
    assert "/kill" not in page
    assert desk.act("kill", item=desk.items[0].pk).status_code == 422
    assert desk.act("reopen").status_code == 302
    assert desk.act("kill", item=desk.items[0].pk).status_code == 302


def test_an_approval_of_what_somebody_changed_meanwhile_is_refused(desk: Desk) -> None:
    seen = desk.version
    vera = desk_day.member("Vera Lind")
    curate.kill(desk.edition.pk, desk.items[0].pk, lock_version=seen, member=vera, now=now())
    assert desk.act("approve", lock_version=seen).status_code == 409
    assert Edition.objects.get(pk=desk.edition.pk).state == "draft"


def test_a_held_edition_says_why_and_is_released_or_skipped(desk: Desk) -> None:
    Edition.objects.update(state="held", state_reason="Nobody approved it by 07:30.")
    listed = desk.client.get("/desk/editions/").content.decode()
    assert "Nobody approved it by 07:30." in listed
    released = desk.act("release", next="/desk/editions/")
    assert released.url == "/desk/editions/"
    assert Edition.objects.get().state == "approved"
    Edition.objects.update(state="held")
    desk.act("skip", reason="Too late for today")
    assert Edition.objects.get().state_reason == "Too late for today"


def test_what_was_sent_shows_as_it_went(desk: Desk) -> None:
    publish(desk.edition.pk, now=now(), by=desk.ann)
    page = desk.page()
    assert "What was sent is kept exactly" in page
    assert "/approve" not in page
    assert desk.act("retitle", title="x", intro="").status_code == 422


def test_editors_see_each_other_and_that_somebody_was_quicker(desk: Desk) -> None:
    desk.page()
    other = Client()
    other.force_login(desk_day.member("Vera Lind"))
    page = other.get(desk.path).content.decode()
    assert "Also here: Ann Ito" in page
    assert "Also here: Vera Lind" in desk.page()


def stamp(client: Client, watch: str, known: str = "") -> Any:
    stamps.latest.forget()
    return client.get("/desk/live", {"watch": watch}, headers={"If-None-Match": f'"{known}"'})


def test_a_page_hears_of_a_change_once_and_of_nothing_else(desk: Desk) -> None:
    watch = f"editions edition:{desk.edition.public_id}"
    stamps.latest.forget()
    found = re.search(r'data-watch="([^"]+)" data-stamp="([^"]+)"', desk.page())
    assert found is not None
    assert "editions" in found[1]
    known = found[2]
    assert stamp(desk.client, found[1], known).status_code == 304
    desk.act("kill", item=desk.items[0].pk)
    heard = stamp(desk.client, found[1], known)
    assert heard.status_code == 200
    assert heard["ETag"] == f'"{heard.content.decode()}"'
    assert heard["Cache-Control"] == "private, no-store"
    assert stamp(desk.client, found[1], heard.content.decode()).status_code == 304
    alone = stamp(desk.client, watch).content.decode()
    other = Client()
    other.force_login(desk_day.member("Vera Lind"))
    assert stamp(other, watch).status_code == 200
    assert stamp(desk.client, watch).content.decode() != alone


def test_asking_whether_something_changed_costs_no_more_queries_than_the_session(
    desk: Desk, django_assert_max_num_queries: Any
) -> None:
    stamp(desk.client, "stories breaking editions alerts sends staff tick")
    with django_assert_max_num_queries(2):
        desk.client.get("/desk/live?watch=stories+breaking+editions+alerts+sends+staff+tick")


def test_two_editors_at_two_items_are_in_nobodys_way(desk: Desk) -> None:
    seen, (first, second, *_) = desk.version, desk.items
    shown = standing_words(item_on_sheet(desk.edition.pk, first.pk), "")
    base = {f"base_{name}": text for name, text in shown.items()}
    vera = desk_day.member("Vera Lind")
    by = {"member": vera, "now": now()}
    curate.reword(desk.edition.pk, second.pk, "Vera's words", "", lock_version=seen, **by)
    saved = desk.act(
        "reword", item=first.pk, channel="", lock_version=seen, headline="Ann's words",
        blurb=shown["blurb"], **base,
    )  # fmt: skip
    assert saved.status_code == 302
    assert {each.headline for each in ItemWording.objects.all()} == {"Ann's words", "Vera's words"}
    assert desk.act("kill", item=second.pk, lock_version=seen).status_code == 302


def test_two_editors_at_two_fields_of_one_item_both_get_theirs(desk: Desk) -> None:
    item = desk.items[0]
    shown = standing_words(item_on_sheet(desk.edition.pk, item.pk), "")
    by = {"member": desk_day.member("Vera Lind"), "now": now()}
    curate.reword(desk.edition.pk, item.pk, "", "Vera's blurb", lock_version=desk.version, **by)
    fields = {"headline": "Ann's headline", "blurb": shown["blurb"]}
    base = {f"base_{name}": text for name, text in shown.items()}
    assert desk.act("reword", item=item.pk, channel="", **fields, **base).status_code == 302
    wording = ItemWording.objects.get()
    assert (wording.headline, wording.blurb) == ("Ann's headline", "Vera's blurb")


def test_a_field_that_both_wrote_shows_both_and_keeps_both(desk: Desk) -> None:
    item = desk.items[0]
    shown = standing_words(item_on_sheet(desk.edition.pk, item.pk), "")
    by = {"member": desk_day.member("Vera Lind"), "now": now()}
    curate.reword(desk.edition.pk, item.pk, "Vera's words", "", lock_version=desk.version, **by)
    fields = {"headline": "Ann's words", "blurb": shown["blurb"], "channel": "", "item": item.pk}
    base = {f"base_{name}": text for name, text in shown.items()}
    answer = desk.act("reword", **fields, **base)
    page = answer.content.decode().replace("&#39;", "'")
    assert answer.status_code == 409
    assert "Vera Lind wrote other words here meanwhile" in page
    assert "<q>Vera's words</q>" in page
    assert "Ann's words</textarea>" in page
    assert ItemWording.objects.get().headline == "Vera's words"
    over = {"base_headline": "Vera's words", "base_blurb": shown["blurb"]}
    assert desk.act("reword", **fields, **over).status_code == 302
    assert ItemWording.objects.get().headline == "Ann's words"


def test_a_title_that_both_wrote_is_a_conflict_and_an_introduction_beside_it_is_none(
    desk: Desk,
) -> None:
    base = {"base_title": desk.edition.title, "base_intro": ""}
    by = {"member": desk_day.member("Vera Lind"), "now": now()}
    curate.retitle(desk.edition.pk, "Vera's title", "", lock_version=desk.version, **by)
    mine = desk.act("retitle", title="Ann's title", intro="", **base)
    assert mine.status_code == 409
    assert "Vera&#39;s title" in mine.content.decode()
    kept = desk.act("retitle", title=desk.edition.title, intro="Good morning.", **base)
    assert kept.status_code == 302
    standing = Edition.objects.get(pk=desk.edition.pk)
    assert (standing.title, standing.intro) == ("Vera's title", "Good morning.")


def test_a_form_answered_in_place_is_told_the_address_of_another_page(desk: Desk) -> None:
    fields = {"lock_version": desk.version, "item": desk.items[0].pk}
    here = desk.client.post(desk.path + "kill", fields, headers={"X-Desk": desk.path})
    assert here.status_code == 302
    away = desk.client.post(
        desk.path + "skip", {"lock_version": desk.version, "next": "/desk/editions/"},
        headers={"X-Desk": desk.path},
    )  # fmt: skip
    assert (away.status_code, away["X-Desk-To"]) == (204, "/desk/editions/")
    desk.client.logout()
    out = desk.client.post(desk.path + "kill", fields, headers={"X-Desk": desk.path})
    assert out["X-Desk-To"] == f"/desk/sign-in?next={desk.path}"


def test_a_session_that_ended_leads_to_the_door_and_changes_nothing(desk: Desk) -> None:
    Member.objects.filter(pk=desk.ann.pk).update(is_active=False)
    answer = desk.act("kill", item=desk.items[0].pk)
    assert answer.url.startswith("/desk/sign-in")
    assert not Item.objects.filter(killed=True).exists()
