"""The suppression list goes out and comes back; who is on it hears nothing."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from digest.audience import suppression_list
from digest.kit.clock import now
from digest.models import Address, Subscription, Suppression
from tests.chaos import scene

pytestmark = pytest.mark.django_db


def take(*lines: str) -> suppression_list.Imported:
    return suppression_list.import_list(lines, now=now(), place="a test")


def test_who_is_named_is_barred_and_their_subscriptions_end() -> None:
    scene.readers(1, scene.newsletter(), now=now())
    reader = Address.objects.get()
    Address.objects.update(fingerprint=suppression_list.fingerprint_of("email", reader.value))
    done = take("address,reason", f"{reader.value.upper()},complaint", "new@elsewhere.example,")
    assert (done.barred, done.known, done.errors) == (2, 0, ())
    assert Subscription.objects.get().state == "ended"
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"complaint", "editor"}


def test_importing_twice_changes_nothing() -> None:
    take("email", "ann@elsewhere.example")
    assert take("email", "ann@elsewhere.example").known == 1
    assert Suppression.objects.count() == 1


def test_what_is_exported_comes_back_also_of_the_erased() -> None:
    take("address,reason", "ann@elsewhere.example,bounce", "ben@elsewhere.example,reader")
    out = io.StringIO()
    csv.writer(out).writerows([suppression_list.COLUMNS, *suppression_list.rows()])
    before = set(Suppression.objects.values_list("fingerprint", "reason"))
    Suppression.objects.all().delete()
    assert take(*out.getvalue().splitlines()).barred == 2
    assert set(Suppression.objects.values_list("fingerprint", "reason")) == before


def test_lines_that_cannot_be_used_are_told() -> None:
    done = take("address,reason", "not an address,", "ann@elsewhere.example,gone fishing", ",")
    assert [each.line for each in done.errors] == [2, 3, 4]
    assert not Suppression.objects.exists()


def test_a_file_without_addresses_is_refused() -> None:
    with pytest.raises(suppression_list.NotAList, match="address"):
        take("name,shoe size", "Ann,37")


def test_cells_are_no_formulas() -> None:
    Suppression.objects.create(
        fingerprint=b"\x01" * 32, channel="email", reason="editor", note="=1+1", at=now()
    )
    (row,) = suppression_list.rows()
    assert row[4] == "'=1+1"


def test_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("suppressions", "add", "ann@elsewhere.example")
    call_command("suppressions", "count", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"editor": 1}
    call_command("suppressions", "remove", "Ann@elsewhere.example", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"lifted": True}
    take("address,reason", "ann@elsewhere.example,complaint")
    with pytest.raises(CommandError, match="stays barred"):
        call_command("suppressions", "remove", "ann@elsewhere.example")
