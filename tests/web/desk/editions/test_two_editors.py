"""Two editors at one sheet: both orders stand where they can."""

from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import AuditEntry, Edition, Item
from digest.newsdesk.editions import curate
from tests.web import desk_day

pytestmark = pytest.mark.django_db


class Sheet:
    """A sheet that Ann has open, and what she does on it."""

    def __init__(self, client: Client) -> None:
        desk_day.stories(now())
        self.edition, self.ann, self.client = desk_day.edition(now()), desk_day.member(), client
        client.force_login(self.ann)

    @property
    def order(self) -> list[int]:
        live = Item.objects.filter(edition=self.edition, killed=False)
        return list(live.order_by("position", "pk").values_list("pk", flat=True))

    @property
    def version(self) -> int:
        return Edition.objects.get(pk=self.edition.pk).lock_version

    def move(self, item: int, by: int, seen: str) -> Any:
        fields = {"item": item, "by": by, "order": seen, "lock_version": 0}
        return self.client.post(f"/desk/editions/{self.edition.public_id}/move", fields)


@pytest.fixture
def sheet(client: Client) -> Sheet:
    return Sheet(client)


def test_two_editors_order_at_once_and_both_moves_stand_where_they_can(sheet: Sheet) -> None:
    before = sheet.order
    seen = "-".join(map(str, before))
    vera = {"member": desk_day.member("Vera Lind"), "now": now()}
    curate.move(sheet.edition.pk, before[4], -1, lock_version=sheet.version, **vera)
    assert sheet.move(before[1], -1, seen).status_code == 302
    expected = [before[at] for at in (1, 0, 2, 4, 3, *range(5, len(before)))]
    assert sheet.order == expected
    # Once more, from the same page: it stands there, and nobody is told of a second move.
    assert sheet.move(before[1], -1, seen).status_code == 302
    assert AuditEntry.objects.filter(verb="moved").count() == 2
    assert sheet.order == expected
    # Vera has moved this one up: to move it down from the old page would undo that.
    ann = {"member": sheet.ann, "now": now(), "lock_version": sheet.version}
    curate.pin(sheet.edition.pk, before[0], **ann)
    refused = sheet.move(before[4], 1, seen)
    assert refused.status_code == 409
    assert "changed the order meanwhile, and this move would undo it" in refused.content.decode()
    assert sheet.order == expected


@pytest.mark.parametrize("order", ["", "-", "1-2-x", "99999999999999999999", "٣-٤", "5-5-5"])
def test_an_order_that_no_page_showed_moves_nothing(sheet: Sheet, order: str) -> None:
    before = sheet.order
    assert sheet.move(before[1], -1, order).status_code == 409
    assert sheet.order == before
