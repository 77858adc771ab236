"""What an editor did or planned is neither undone nor made by them once they may not any more."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Edition, Item, Member, PlannedChange
from digest.newsdesk.editions.later.make import make_due
from digest.newsdesk.editions.later.plan import plan_change
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
State = PlannedChange.State


def _leaves(ann: Member) -> None:
    Member.objects.filter(pk=ann.pk).update(is_active=False)


def _becomes(role: Role) -> Callable[[Member], None]:
    def ends(ann: Member) -> None:
        Member.objects.filter(pk=ann.pk).update(role=role)

    return ends


def _is_held_elsewhere(ann: Member) -> None:
    Member.objects.filter(pk=ann.pk).update(scope=[])


ENDINGS = {
    "left": _leaves,
    "reads only": _becomes(Role.READER),
    "serves readers": _becomes(Role.SERVICES),
    "other newsletters": _is_held_elsewhere,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_of_theirs_is_undone_or_made(ending: str, client: Client) -> None:
    ann = desk_day.member()
    desk_day.stories(now())
    edition = desk_day.edition(now())
    path = f"/desk/editions/{edition.public_id}/"
    client.force_login(ann)
    killed, moved, waits = list(edition.items.order_by("position"))[:3]
    version = Edition.objects.get(pk=edition.pk).lock_version
    assert (
        client.post(path + "kill", {"lock_version": version, "item": killed.pk}).status_code == 302
    )
    zone, at = ZoneInfo("Asia/Singapore"), now() + timedelta(minutes=10)
    done, waiting = (
        plan_change(
            edition.pk, "kill", {}, at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
            item_id=item.pk, member=ann, now=now(),
        )
        for item in (moved, waits)
    )  # fmt: skip
    PlannedChange.objects.filter(pk=waiting.pk).update(due_at=at + timedelta(minutes=5))
    assert make_due(now=at) == (done.pk,)

    ENDINGS[ending](ann)

    for way in ("undo", f"later/{done.pk}/undo", f"later/{waiting.pk}/cancel"):
        answer = client.post(path + way, {"lock_version": version + 1})
        turned_away = answer.status_code == 302 and answer["Location"].startswith("/desk/sign-in")
        assert turned_away or answer.status_code in {403, 404, 409}, way
    make_due(now=at + timedelta(minutes=6))
    waiting.refresh_from_db()
    assert waiting.state == State.REFUSED and "any more" in waiting.reason
    gone = set(Item.objects.filter(edition=edition, killed=True).values_list("pk", flat=True))
    assert gone == {killed.pk, moved.pk}
