"""An editor of one newsletter sees everything and changes that one alone, by page or by force."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from digest.kit.clock import now
from digest.models import (
    AuditEntry,
    Edition,
    Member,
    Newsletter,
    PlannedChange,
    Send,
    Series,
    Story,
    Subscriber,
)
from digest.newsdesk.editions.later.make import make_due
from digest.newsdesk.editions.publish import publish
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_edition
from digest.staff.access import Right, Role
from digest.staff.managing import MemberRefused, give_role, give_scope, invite
from digest.web.desk import urls
from digest.web.desk.members.scope import OF_NEWSLETTERS, READS, is_theirs
from tests.web import desk_day

pytestmark = pytest.mark.django_db
OPEN = {"sign-in", "sign-out", "lost-password", "choose-password", "single", "single-back"}
STORY = "00000000-0000-4000-8000-000000000000"


class Newsroom:
    """Two newsletters with an edition each; a chief and an editor who have the first alone."""

    def __init__(self, client: Client) -> None:
        self.client = client
        desk_day.stories(now())
        self.own = desk_day.edition(now())
        self.other = desk_day.edition(now(), minutes=600, slug="the-week", name="The week ahead")
        self.chief = desk_day.member("Vera Lind", Role.CHIEF)
        self.ann = desk_day.member("Ann Ito", Role.EDITOR)
        self.scoped = desk_day.member("Sco Ped", Role.CHIEF)
        for each in (self.ann, self.scoped):
            each.scope = [self.own.newsletter_id]
            each.save()
        desk_day.reader("noor@example.org", now(), on=self.own.newsletter)
        client.force_login(self.scoped)

    def known(self, edition: Edition, **more: Any) -> dict[str, Any]:
        newsletter = edition.newsletter
        assert newsletter is not None
        return {
            "public_id": edition.public_id, "verdict": "approve", "send_id": 1, "change_id": 1,
            "way": "undo",
            "candidate_id": 1, "feed_id": 1, "verb": "pause", "slug": newsletter.slug,
            "search_id": 1, "member_id": self.ann.pk, "what": "end", "token": "1-abc-def",
            "kind": "growth", "position": 1, **more,
        }  # fmt: skip

    def path(self, pattern: Any, edition: Edition) -> str:
        wanted = pattern.pattern.converters or pattern.pattern.regex.groupindex
        known = self.known(edition, **({"verb": "stop"} if pattern.name == "import-act" else {}))
        return reverse(f"desk:{pattern.name}", kwargs={name: known[name] for name in wanted})

    def fields(self, edition: Edition) -> dict[str, Any]:
        newsletter = edition.newsletter
        assert newsletter is not None
        return {"edition": edition.public_id, "newsletter": newsletter.slug, "lock_version": 0}


@pytest.fixture
def newsroom(client: Client) -> Newsroom:
    return Newsroom(client)


def changing() -> list[Any]:
    """Every path of the desk that asks for a right beyond seeing, and is no page of the door."""
    return [
        pattern
        for pattern in urls.urlpatterns
        if pattern.name not in OPEN | READS
        and getattr(pattern.callback, "right", None) is not Right.SEE_DESK
    ]


def test_whatever_the_table_of_paths_holds_what_is_not_theirs_is_refused(
    newsroom: Newsroom,
) -> None:
    let_through = []
    before = AuditEntry.objects.count()
    for pattern in changing():
        answer = newsroom.client.post(
            newsroom.path(pattern, newsroom.other), newsroom.fields(newsroom.other)
        )
        if answer.status_code not in (403, 405):
            let_through.append((pattern.name, answer.status_code))
    assert let_through == []
    assert AuditEntry.objects.count() == before


def test_what_is_theirs_is_let_through(newsroom: Newsroom) -> None:
    refused = []
    for pattern in changing():
        if pattern.name not in OF_NEWSLETTERS - {
            "test",
            "send-act",
            "post-posted",
            "series-one",
            "series-run",
        }:
            continue
        if pattern.name.startswith("lookup"):
            continue
        answer = newsroom.client.post(
            newsroom.path(pattern, newsroom.own), newsroom.fields(newsroom.own)
        )
        if answer.status_code == 403:
            refused.append(pattern.name)
    assert refused == []


def test_every_name_of_the_scope_is_a_path() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} >= OF_NEWSLETTERS | READS


def test_everything_is_seen_and_what_is_not_theirs_has_no_buttons(newsroom: Newsroom) -> None:
    client = newsroom.client
    other = client.get(f"/desk/editions/{newsroom.other.public_id}/").content.decode()
    assert "The week ahead" in other
    assert "/kill" not in other
    assert "/approve" not in other
    own = client.get(f"/desk/editions/{newsroom.own.public_id}/").content.decode()
    assert "/kill" in own
    assert "/approve" in own
    story = Story.objects.order_by("pk")[0]
    assert "/merge" not in client.get(f"/desk/stories/{story.public_id}/").content.decode()
    answer = client.post(f"/desk/editions/{newsroom.other.public_id}/refill", {"lock_version": 0})
    assert "Not one of your newsletters" in answer.content.decode()
    assert "Morning briefing" in answer.content.decode()


def test_a_send_is_run_by_whose_newsletter_it_is(newsroom: Newsroom) -> None:
    desk_day.reader("lee@example.org", now(), on=newsroom.other.newsletter)
    for edition, status in ((newsroom.own, 302), (newsroom.other, 403)):
        publish(edition.pk, now=now(), by=newsroom.chief)
        (send, *_) = plan_edition(edition.pk, 1, now=now()).send_ids
        fan_out(send, now=now())
        assert newsroom.client.post(f"/desk/sends/{send}/pause").status_code == status
        assert (Send.objects.get(pk=send).state == "paused") == (status == 302)


def test_a_reader_is_looked_up_and_not_changed(newsroom: Newsroom) -> None:
    reader = Subscriber.objects.get()
    answer = newsroom.client.post("/desk/readers/", {"address": "noor@example.org"})
    assert answer.url == f"/desk/readers/{reader.public_id}/"
    assert newsroom.client.post(f"/desk/readers/{reader.public_id}/erase").status_code == 403


def test_the_clock_changes_nothing_for_who_lost_the_newsletter(newsroom: Newsroom) -> None:
    item = newsroom.own.items.order_by("position")[0]
    change = PlannedChange.objects.create(
        edition=newsroom.own, item_id=item.pk, kind="kill", says="Kill it", due_at=now(),
        member=newsroom.ann, planned_at=now(),
    )  # fmt: skip
    newsroom.ann.scope = [newsroom.other.newsletter_id]
    newsroom.ann.save()
    make_due(now=now())
    change.refresh_from_db()
    assert (change.state, "this newsletter any more" in change.reason) == ("refused", True)


def test_who_is_held_to_newsletters_widens_nobody(newsroom: Newsroom) -> None:
    by: Member = newsroom.scoped
    with pytest.raises(MemberRefused, match="changes no other member"):
        invite("x@desk.example", "X", "editor", now=now(), by=by)
    with pytest.raises(MemberRefused, match="changes no other member"):
        give_scope(newsroom.ann, None, before=None, now=now(), by=by)


def test_a_chief_gives_and_takes_newsletters_and_it_is_written_down(newsroom: Newsroom) -> None:
    client, ann = newsroom.client, newsroom.ann
    client.force_login(newsroom.chief)
    page = client.get(f"/desk/members/{ann.pk}/").content.decode()
    assert "of <b>Morning briefing</b> alone" in page
    path = f"/desk/members/{ann.pk}/scope"
    client.post(path, {"reach": "some", "newsletter": [newsroom.other.newsletter_id]})
    ann.refresh_from_db()
    assert ann.scope == [newsroom.other.newsletter_id]
    entry = AuditEntry.objects.get(verb="gave newsletters to")
    assert entry.detail == {"before": ["Morning briefing"], "after": ["The week ahead"]}
    answer = client.post(path, {"reach": "some"}, follow=True)
    assert "Choose at least one newsletter" in answer.content.decode()
    client.post(path, {"reach": "all"})
    ann.refresh_from_db()
    assert ann.scope is None


def test_the_invitation_names_newsletters_and_keeps_them_on_refusal(newsroom: Newsroom) -> None:
    client = newsroom.client
    client.force_login(newsroom.chief)
    form = {
        "email": "nobody", "name": "Nora New", "role": "editor", "reach": "some",
        "newsletter": [newsroom.own.newsletter_id],
    }  # fmt: skip
    refused = client.post("/desk/members/", form)
    assert refused.status_code == 422
    box = f'name="newsletter" value="{newsroom.own.newsletter_id}" checked'
    assert box in refused.content.decode()
    client.post("/desk/members/", form | {"email": "nora@desk.example"})
    assert Member.objects.get(email="nora@desk.example").scope == [newsroom.own.newsletter_id]
    assert AuditEntry.objects.get(verb="invited").detail["newsletters"] == ["Morning briefing"]
    assert "Morning briefing alone" in client.get("/desk/members/").content.decode()
    reader = form | {"email": "r@desk.example", "role": "reader"}
    assert "Only editors and chiefs" in client.post("/desk/members/", reader).content.decode()


def test_who_has_some_alone_does_not_become_an_operator_by_it(newsroom: Newsroom) -> None:
    operator = desk_day.member("Op Erator", Role.OPERATOR)
    with pytest.raises(MemberRefused, match="all of them first"):
        give_role(newsroom.ann, "operator", now=now(), by=operator)


class Pressable(HTMLParser):
    """What a page lets be posted: each enabled form's path and what it says by itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._disabled: list[bool] = []
        self._inside: dict[str, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "fieldset":
            self._disabled.append("disabled" in told)
        elif tag == "form" and told.get("method") == "post" and not any(self._disabled):
            self._inside = {}
            self.forms.append((told.get("action", ""), self._inside))
        elif tag == "form":
            self._inside = None
        elif tag == "input" and self._inside is not None:
            self._inside[told.get("name", "")] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "fieldset":
            self._disabled.pop()


def test_no_page_has_a_form_that_would_be_refused(
    newsroom: Newsroom, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DIGEST_CHANNELS = ["email", "whatsapp"]
    monkeypatch.setenv("DIGEST_WHATSAPP_CHANNEL", "https://whatsapp.com/channel/0029Va")
    client, scoped = newsroom.client, newsroom.scoped
    for each in (newsroom.own, newsroom.other):
        Newsletter.objects.filter(pk=each.newsletter_id).update(channels=["email", "whatsapp"])
    desk_day.edition(now(), minutes=900, slug="quiet", name="Quiet")
    Edition.objects.filter(newsletter__slug="quiet").delete()
    desk_day.reader("lee@example.org", now(), on=newsroom.other.newsletter)
    member = invite("new@desk.example", "New", "editor", now=now(), by=newsroom.chief)
    wrong, seen = set(), set()
    for _ in range(2):
        opened: set[str] = set()
        for pattern in urls.urlpatterns:
            for edition in (newsroom.own, newsroom.other):
                for one in (newsroom.ann.pk, member.pk):
                    newsroom.ann.pk, kept = one, newsroom.ann.pk
                    path = newsroom.path(pattern, edition)
                    newsroom.ann.pk = kept
                    # Most pages are neither an edition's nor a member's: once is enough.
                    if pattern.name in OPEN or path in opened:
                        continue
                    opened.add(path)
                    answer = client.get(path)
                    if answer.status_code != 200 or "html" not in answer["Content-Type"]:
                        continue
                    for action, fields in Pressable(answer.content.decode()).forms:
                        asked = RequestFactory().post(action or path, fields)
                        asked.resolver_match = found = resolve(asked.path)
                        right = getattr(found.func, "right", Right.SEE_DESK)
                        seen.add(found.url_name)
                        if right is not Right.SEE_DESK and not is_theirs(
                            asked, scoped, found.kwargs
                        ):
                            wrong.add((path, asked.path))
        # And once more when both are out.
        for each in (newsroom.own, newsroom.other):
            publish(each.pk, now=now(), by=newsroom.chief)
            for send in plan_edition(each.pk, 1, now=now()).send_ids:
                fan_out(send, now=now())
    assert wrong == set()
    assert seen >= {
        "add",
        "kill",
        "decide",
        "calendar-move",
        "send-act",
        "post-posted",
        "newsletter",
    }


def test_a_post_by_hand_is_marked_by_whose_newsletter_it_is(
    newsroom: Newsroom, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DIGEST_CHANNELS = ["email", "whatsapp"]
    monkeypatch.setenv("DIGEST_WHATSAPP_CHANNEL", "https://whatsapp.com/channel/0029Va")
    for edition, status in ((newsroom.own, 302), (newsroom.other, 403)):
        Newsletter.objects.filter(pk=edition.newsletter_id).update(channels=["whatsapp"])
        publish(edition.pk, now=now(), by=newsroom.chief)
        key = f"whatsapp-editionrevision-{edition.revisions.get().pk}"
        answer = newsroom.client.post("/desk/posts/posted", {"post": key})
        assert answer.status_code == status
        assert (f'value="{key}"' in newsroom.client.get("/desk/posts/").content.decode()) is False
    assert AuditEntry.objects.filter(verb="posted").count() == 1


def test_nobody_takes_another_members_invitation_for_their_own(newsroom: Newsroom) -> None:
    member = invite("new@desk.example", "New", "editor", now=now(), by=newsroom.chief)
    page = newsroom.client.get(f"/desk/members/{member.pk}/").content.decode()
    assert "choose-password" not in page
    newsroom.client.force_login(newsroom.chief)
    assert "choose-password" in newsroom.client.get(f"/desk/members/{member.pk}/").content.decode()


def test_a_series_of_theirs_is_not_given_to_another_newsletter(newsroom: Newsroom) -> None:
    own, other = newsroom.own.newsletter, newsroom.other.newsletter
    assert own is not None and other is not None
    series = Series.objects.create(
        slug="hello", name="Hello", newsletter=own, language="en", local_time="09:00",
        created_at=now(),
    )  # fmt: skip
    form = {"name": "Hello", "language": "en", "local_time": "09:00", "insert": ""}
    taken = newsroom.client.post(
        "/desk/series/hello/", form | {"begins_with": f"newsletters:{other.slug}"}
    )
    assert taken.status_code == 403
    kept = newsroom.client.post(
        "/desk/series/hello/", form | {"begins_with": f"newsletters:{own.slug}"}
    )
    assert kept.status_code != 403
    series.refresh_from_db()
    assert series.newsletter_id == own.pk
