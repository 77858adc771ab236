"""The suppression list goes out and comes back; who is on it hears nothing."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.audience.lists import suppression_list
from digest.audience.lists.core.csv_lines import NotImportable
from digest.kit.clock import now
from digest.models import Address, Subscription, Suppression
from tests.audience.conftest import KINDS
from tests.scenes import scene

pytestmark = pytest.mark.django_db


def take(*lines: str) -> suppression_list.ImportedSuppressions:
    return suppression_list.import_list(lines, kinds=KINDS, now=now(), place="a test")


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
    assert [each.line for each in done.errors] == [2, 3]
    assert not Suppression.objects.exists()


def test_a_file_without_addresses_is_refused() -> None:
    with pytest.raises(NotImportable, match="address"):
        take("name,shoe size", "Ann,37")


def test_cells_are_no_formulas() -> None:
    Suppression.objects.create(
        fingerprint=b"\x01" * 32, channel="email", reason="editor", note="=1+1", at=now()
    )
    (row,) = suppression_list.rows()
    assert row[4] == "'=1+1"


@pytest.mark.parametrize("graver", ["complaint", "editor", "bounce"])
def test_a_graver_reason_replaces_a_lighter_one(graver: str) -> None:
    take("address,reason", "ann@elsewhere.example,reader")
    done = take("address,reason", f"ann@elsewhere.example,{graver}")
    assert (done.barred, done.changed, done.known) == (0, 1, 0)
    assert take("address,reason", "ann@elsewhere.example,reader").known == 1
    assert Suppression.objects.get().reason == graver


def test_the_address_is_locked_before_the_list_is_written() -> None:
    with CaptureQueriesContext(connection) as seen:
        take("address", "ann@elsewhere.example")
    words = [each["sql"] for each in seen]
    lock = next(n for n, sql in enumerate(words) if "FOR UPDATE" in sql)
    assert '"digest_address"' in words[lock]
    assert not any(sql.startswith("INSERT") for sql in words[:lock])
    assert any(sql.startswith("INSERT") for sql in words[lock:])


def test_a_nul_costs_its_line_alone() -> None:
    done = take("address,note", "ann@elsewhere.example,a\x00b", "ben@elsewhere.example,fine")
    assert done.barred == 1 and [each.line for each in done.errors] == [2]


@pytest.mark.parametrize("tail", ['"never closed', "x" * 131_073])
def test_a_list_that_breaks_off_is_an_error_with_the_line(tmp_path, tail: str) -> None:
    path = tmp_path / "barred.csv"
    path.write_text(f"address\nann@elsewhere.example\n{tail}\nben@elsewhere.example\n")
    with pytest.raises(CommandError, match="From line 3 on nothing was read"):
        call_command("suppressions", "import", str(path))
    assert Suppression.objects.count() == 1


def test_what_is_no_address_is_refused_by_hand() -> None:
    for wrong in ("a\nb@elsewhere.example", 'a"b', "x" * 200_000, "ann\udcff@elsewhere.example"):
        with pytest.raises(CommandError, match=r"\w"):
            call_command("suppressions", "add", wrong)
    assert not Suppression.objects.exists()


def test_by_hand_the_newsrooms_word_outweighs_the_readers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    take("address,reason", "ann@elsewhere.example,reader")
    call_command("suppressions", "add", "ann@elsewhere.example", "--json")
    assert json.loads(capsys.readouterr().out) == {"barred": False, "changed": True}
    assert Suppression.objects.get().reason == "editor"


def test_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("suppressions", "add", "ann@elsewhere.example")
    call_command("suppressions", "count", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"editor": 1}
    call_command("suppressions", "remove", "Ann@elsewhere.example", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"lifted": True}
    take("address,reason", "ann@elsewhere.example,complaint")
    with pytest.raises(CommandError, match="stays barred"):
        call_command("suppressions", "remove", "ann@elsewhere.example")
