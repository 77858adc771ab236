"""Members made on the desk: invited, given roles, ended, signed out; passwords by link."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from digest.kit.clock import now
from digest.models import AuditEntry, Member, MemberLetter, MemberSession
from digest.outbound.member_letters import send_member_letters
from digest.staff import door_links
from digest.staff.access import Role, may_give
from digest.web.desk.members import passwords
from tests.fakes.smtp import Sink, running
from tests.web import desk_day

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "a newsroom’s own 9 words"


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with running(Sink()) as made:
        settings.DIGEST_SMTP_URL = made.url
        yield made


@pytest.fixture
def chief(client: Client) -> Client:
    client.force_login(desk_day.member("Vera Lind", Role.CHIEF))
    return client


def invite(client: Client, **changed: str) -> Any:
    form = {"email": "New@Desk.example", "name": "Nora New Hand", "role": "editor"} | changed
    return client.post("/desk/members/", form)


def link_in(sink: Sink) -> str:
    body = sink.taken[-1].message.get_body(preferencelist=("plain",))
    assert body is not None
    found = re.search(r"http://127\.0\.0\.1:8000(/desk/choose-password/\S+)", body.get_content())
    assert found is not None
    return found[1]


def test_an_invited_editor_chooses_a_password_and_is_in(chief: Client, sink: Sink) -> None:
    answer = invite(chief)
    member = Member.objects.get(email="new@desk.example")
    assert answer.url == f"/desk/members/{member.pk}/"
    assert "On its way" in chief.get(answer.url).content.decode()
    assert send_member_letters(now=now) == 1
    assert [mail.recipient for mail in sink.taken] == ["new@desk.example"]
    assert "Vera Lind invites you" in str(sink.taken[0].message["Subject"])
    assert "has made you an editor" in sink.taken[0].message.as_string().replace("=\n", "")
    assert "Taken by the relay" in chief.get(answer.url).content.decode()
    visitor = Client()
    page = visitor.get(link_in(sink))
    assert page.status_code == 200 and page["Cache-Control"] == "private, no-store"
    assert visitor.post(link_in(sink), {"new": NEW, "again": NEW}).url == "/desk/sign-in"
    visitor.post("/desk/sign-in", {"email": "new@desk.example", "password": NEW})
    assert visitor.get("/desk/").status_code == 200
    assert visitor.get(link_in(sink)).status_code == 410
    assert (member.first_name, member.last_name) == ("Nora", "New Hand")


def test_a_relay_that_refuses_is_quoted_and_the_link_can_be_handed_over(
    chief: Client, sink: Sink
) -> None:
    sink.on_recipient["*"] = ["550 5.1.1 nobody here"]
    page = invite(chief).url
    send_member_letters(now=now)
    shown = chief.get(page).content.decode()
    assert "Not taken" in shown and "nobody here" in shown
    assert MemberLetter.objects.get().state == MemberLetter.State.FAILED
    link = re.search(r'value="http://127\.0\.0\.1:8000(/desk/choose-password/[^"]+)"', shown)
    assert link is not None
    assert Client().get(link[1]).status_code == 200


def test_a_relay_that_is_away_gets_the_letter_later(chief: Client, sink: Sink) -> None:
    sink.on_recipient["*"] = ["451 4.3.0 later"]
    invite(chief)
    assert send_member_letters(now=now) == 0
    letter = MemberLetter.objects.get()
    assert letter.state == MemberLetter.State.DUE and letter.next_try_at > now()
    assert send_member_letters(now=now) == 0
    sink.on_recipient.clear()
    assert send_member_letters(now=lambda: letter.next_try_at) == 1


def test_outside_production_no_stranger_is_written_to(
    chief: Client, sink: Sink, settings: Any
) -> None:
    settings.DIGEST_ALLOWED_RECIPIENTS = ["@elsewhere.example"]
    invite(chief)
    assert send_member_letters(now=now) == 0
    assert not sink.taken
    assert MemberLetter.objects.get().state == MemberLetter.State.FAILED


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"email": "nowhere"}, "is no mail address"),
        ({"email": "vera.lind@desk.example"}, "is a member already"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "is no mail address"),
        ({"role": "operator"}, "cannot make somebody Operator"),
        ({"role": "chief"}, "cannot make somebody Chief"),
        ({"role": "king"}, "Choose a role"),
    ],
    ids=["no address", "taken", "header", "above", "same", "none"],
)
def test_an_invitation_that_cannot_be_says_why_and_keeps_the_words(
    chief: Client, changed: dict[str, str], said: str
) -> None:
    Member.objects.filter(role=Role.CHIEF).update(email="vera.lind@desk.example")
    answer = invite(chief, **changed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page and "Nora New Hand" in page
    assert Member.objects.count() == 1 and not MemberLetter.objects.exists()


def test_who_may_give_which_role() -> None:
    assert may_give("operator", Role.OPERATOR) and may_give("operator", Role.CHIEF)
    assert may_give("chief", Role.EDITOR) and may_give("chief", Role.SERVICES)
    assert not may_give("chief", Role.CHIEF) and not may_give("chief", Role.OPERATOR)
    for role in ("editor", "services", "reader", "nonsense"):
        assert not any(may_give(role, each) for each in Role)


@pytest.mark.parametrize("role", [Role.READER, Role.SERVICES, Role.EDITOR])
def test_others_see_no_members_and_change_none(client: Client, role: Role) -> None:
    other = desk_day.member("Vera Lind", Role.READER)
    client.force_login(desk_day.member("Ann Other", role))
    assert client.get("/desk/members/").status_code == 403
    assert client.get(f"/desk/members/{other.pk}/").status_code == 403
    assert client.post(f"/desk/members/{other.pk}/end").status_code == 403
    assert 'href="/desk/members/"' not in client.get("/desk/").content.decode()
    other.refresh_from_db()
    assert other.is_active


def test_a_chief_changes_no_operator_and_nobody_themself(chief: Client) -> None:
    operator = desk_day.member("Olga Op", Role.OPERATOR)
    own = Member.objects.get(role=Role.CHIEF)
    for member, said in ((operator, "an operator can change that"), (own, "their own place")):
        for verb in ("end", "role", "write"):
            answer = chief.post(
                f"/desk/members/{member.pk}/{verb}", {"role": "reader"}, follow=True
            )
            assert said in answer.content.decode()
        member.refresh_from_db()
        assert member.is_active and member.role != Role.READER


def test_the_last_operator_stays(client: Client) -> None:
    first, second = (desk_day.member(name, Role.OPERATOR) for name in ("Olga Op", "Otto Op"))
    client.force_login(first)
    client.post(f"/desk/members/{second.pk}/role", {"role": "editor"})
    second.refresh_from_db()
    assert second.role == Role.EDITOR and not second.is_superuser and not second.is_staff
    client.post(f"/desk/members/{second.pk}/role", {"role": "operator"})
    second.refresh_from_db()
    assert second.is_superuser and second.is_staff
    Member.objects.filter(pk=first.pk).update(is_active=False)
    other = Client()
    other.force_login(second)
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    assert (
        "Nobody changes"
        in other.post(f"/desk/members/{second.pk}/end", follow=True).content.decode()
    )
    other.post(f"/desk/members/{chief.pk}/end")
    chief.refresh_from_db()
    assert not chief.is_active


def test_who_is_ended_is_out_at_once_and_can_come_back(chief: Client) -> None:
    member = desk_day.member("Ann Other", Role.EDITOR)
    theirs = Client()
    theirs.force_login(member)
    assert theirs.get("/desk/").status_code == 200
    chief.post(f"/desk/members/{member.pk}/end")
    assert theirs.get("/desk/").status_code == 302
    assert "ended" in chief.get("/desk/members/").content.decode()
    chief.post(f"/desk/members/{member.pk}/readmit")
    member.refresh_from_db()
    assert member.is_active
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["ended", "readmitted"]


def signed_in(member: Member, agent: str) -> Client:
    client = Client(headers={"user-agent": agent})
    member.set_password(NEW)
    member.save()
    client.post("/desk/sign-in", {"email": member.email, "password": NEW})
    return client


def test_one_sees_where_one_is_signed_in_and_ends_one_of_them() -> None:
    member = desk_day.member("Ann Other", Role.EDITOR)
    phone, desk = signed_in(member, "A phone"), signed_in(member, "A desk <b>")
    # The password was written anew in between, which ends what was open before.
    phone.post("/desk/sign-in", {"email": member.email, "password": NEW})
    page = desk.get("/desk/me").content.decode()
    assert "A phone" in page and "A desk &lt;b&gt;" in page
    row = MemberSession.objects.filter(agent="A phone").latest("pk")
    desk.post("/desk/me/sign-out", {"session": row.pk})
    assert phone.get("/desk/").status_code == 302
    assert desk.get("/desk/").status_code == 200
    assert (
        "ended already"
        in desk.post("/desk/me/sign-out", {"session": row.pk}, follow=True).content.decode()
    )


def test_nobody_ends_a_strangers_session(client: Client) -> None:
    member = desk_day.member("Ann Other", Role.EDITOR)
    theirs = signed_in(member, "A desk")
    client.force_login(desk_day.member("Mal Icious", Role.EDITOR))
    client.post("/desk/me/sign-out", {"session": MemberSession.objects.get().pk})
    assert theirs.get("/desk/").status_code == 200


def test_changing_the_password_keeps_this_session_alone_and_lists_it() -> None:
    member = desk_day.member("Ann Other", Role.EDITOR)
    here = signed_in(member, "Here")
    here.post("/desk/password", {"old": NEW, "new": NEW + "!", "again": NEW + "!"})
    page = here.get("/desk/me").content.decode()
    assert "Here" in page and 'class="tag">here' in page


def test_a_lost_password_is_answered_alike_for_all_and_three_times_an_hour(sink: Sink) -> None:
    member = desk_day.member("Ann Other", Role.EDITOR)
    member.set_password(NEW)
    member.save()
    visitor = Client(REMOTE_ADDR="203.0.113.7")
    known = visitor.post("/desk/lost-password", {"email": member.email.upper()})
    stranger = visitor.post("/desk/lost-password", {"email": "who@else.example"})
    assert known.content == stranger.content and known.status_code == 200
    for _ in range(5):
        visitor.post("/desk/lost-password", {"email": member.email})
        send_member_letters(now=now)
    assert len(sink.taken) == 3
    link = link_in(sink)
    assert visitor.post(link, {"new": "short", "again": "short"}).status_code == 422
    assert visitor.post(link, {"new": NEW + "2", "again": NEW}).status_code == 422
    assert visitor.post(link, {"new": NEW + "2", "again": NEW + "2"}).status_code == 302
    assert visitor.get(link).status_code == 410
    member.refresh_from_db()
    assert member.check_password(NEW + "2")


def test_a_network_that_asks_for_many_has_to_wait() -> None:
    visitor = Client(REMOTE_ADDR="203.0.113.8")
    answers = [
        visitor.post("/desk/lost-password", {"email": f"{n}@desk.example"}) for n in range(25)
    ]
    assert {each.status_code for each in answers[:20]} == {200}
    assert {each.status_code for each in answers[20:]} == {429}
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.parametrize(
    "key", ["1", "1-", "zzzzzzzzzzzzzzzz-abc-def", "1-c9x-0000", "-", "1-c9x-" + "a" * 32]
)
def test_a_made_up_link_opens_nothing(key: str) -> None:
    desk_day.member("Ann Other", Role.EDITOR)
    answer = Client().post(f"/desk/choose-password/{key}", {"new": NEW, "again": NEW})
    assert answer.status_code == 410
    assert "Ann" not in answer.content.decode()


def test_who_was_ended_is_mailed_nothing_and_opens_nothing(chief: Client, sink: Sink) -> None:
    page = invite(chief).url
    send_member_letters(now=now)
    link = link_in(sink)
    member = Member.objects.get(email="new@desk.example")
    chief.post(f"{page}end")
    assert Client().get(link).status_code == 410
    Client().post("/desk/lost-password", {"email": member.email})
    assert send_member_letters(now=now) == 0


def test_a_link_is_spent_by_another_role_and_a_new_one_is_mailed(chief: Client, sink: Sink) -> None:
    invite(chief)
    send_member_letters(now=now)
    seen_by_the_chief = link_in(sink)
    member = Member.objects.get(email="new@desk.example")
    operator = Client()
    operator.force_login(desk_day.member("Olga Op", Role.OPERATOR))
    operator.post(f"/desk/members/{member.pk}/role", {"role": "operator"})
    form = {"new": NEW, "again": NEW}
    assert Client().post(seen_by_the_chief, form).status_code == 410
    assert send_member_letters(now=now) == 1
    assert link_in(sink) != seen_by_the_chief
    assert Client().post(link_in(sink), form).url == "/desk/sign-in"


def test_of_two_who_use_a_link_at_once_one_is_too_late(chief: Client, sink: Sink) -> None:
    invite(chief)
    send_member_letters(now=now)
    link, both = link_in(sink), threading.Barrier(2, timeout=60)
    behind = door_links.member_behind

    def together(key: str) -> Member | None:
        found = behind(key)
        if getattr(mine, "asked", 0) < 2:  # the page's question, and the step's first
            mine.asked = getattr(mine, "asked", 0) + 1
            both.wait()
        return found

    def choose(words: str) -> int:
        try:
            status: int = Client().post(link, {"new": words, "again": words}).status_code
            return status
        finally:
            connection.close()

    mine = threading.local()
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as hands:
        for module in (door_links, passwords):
            patch.setattr(module, "member_behind", together)
        assert sorted(hands.map(choose, [NEW, "some other 11 words"])) == [302, 410]


def test_of_two_who_invite_the_same_at_once_one_is_told(
    chief: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Member.objects.create_user

    def a_moment_too_late(email: str, *given: Any, **named: Any) -> Member:
        with ThreadPoolExecutor(1) as other:
            other.submit(_made, email).result()
        return asked(email, *given, **named)

    monkeypatch.setattr(Member.objects, "create_user", a_moment_too_late)
    answer = invite(chief)
    assert answer.status_code == 422 and "is a member already" in answer.content.decode()


def _made(email: str) -> None:
    Member(email=email, role="editor").save()
    connection.close()
