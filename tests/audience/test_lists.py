"""Bringing readers in, taking them out, forgetting them."""

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core.cells import cell, uncell
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.leaving.erase import erase, erase_value
from digest.audience.leaving.suppress import suppress
from digest.audience.lists import export
from digest.audience.lists.core.csv_lines import NotImportable
from digest.audience.lists.import_readers import import_csv
from digest.models import Address, Consent, Schedule, Slot, Subscriber, Subscription, Suppression
from tests.audience.conftest import KINDS, NOW

BASIS = "Signed up on our old site, 2024 to 2026"

FILE = """address,newsletters,topics,alerts,frequency,local_time,time_zone
ann@example.org,morning,korea trade,yes,weekdays,6:30,Asia/Seoul
Bob@Example.org,morning,,,,,
nonsense,morning,,,,,
eve@example.org,nosuch,,,,,
kim@example.org,,,,,,
lee@example.org,,korea,maybe,,,
mia@example.org,,korea,,hourly,,
ned@example.org,,korea,,,25:00,
oda@example.org,,korea,,,,Mars/Base
"""


def bring_in(text: str = FILE):
    return import_csv(
        text.splitlines(keepends=True), kinds=KINDS, basis=BASIS, place="test", now=NOW
    )


@pytest.mark.django_db
def test_a_list_is_brought_in_once_with_an_error_per_bad_line(newsroom) -> None:
    seen: list[int] = []
    done = import_csv(
        FILE.splitlines(keepends=True),
        kinds=KINDS,
        basis=BASIS,
        place="t",
        now=NOW,
        progress=seen.append,
    )
    assert (done.added, done.unchanged, seen) == (2, 0, [9])
    assert [each.line for each in done.errors] == [4, 5, 6, 7, 8, 9, 10]
    reasons = " ".join(each.reason for each in done.errors)
    for remedy in ("whole address", "no newsletter 'nosuch'", "follows nothing", "yes or no",
                   "daily, weekdays or weekly", "like 07:00", "Asia/Singapore"):  # fmt: skip
        assert remedy in reasons
    again = bring_in()
    assert (again.added, again.unchanged) == (0, 2)
    ann = Address.objects.get(value="ann@example.org")
    assert ann.verified_by == "import" and ann.subscriptions.filter(state="active").count() == 4
    schedule = Schedule.objects.get()
    assert (schedule.frequency, f"{schedule.local_time:%H:%M}") == ("weekdays", "06:30")
    assert schedule.is_active and schedule.next_due_at > NOW
    proofs = Consent.objects.filter(act="imported")
    assert {each.text for each in proofs} == {BASIS} and proofs.count() == 2


@pytest.mark.django_db
def test_a_suppressed_address_is_not_brought_back(newsroom) -> None:
    ann = newsroom.reader()
    suppress(ann.pk, Suppression.Reason.READER, now=NOW)
    done = bring_in()
    assert "suppressed (reader)" in done.errors[0].reason
    assert not Subscription.objects.filter(address=ann).exclude(state="ended").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "mail\na@example.org\n", '"a\nb', "\x00\n"])
def test_a_file_that_is_no_list_is_refused_whole(text: str) -> None:
    with pytest.raises(NotImportable):
        bring_in(text)


@pytest.mark.django_db
def test_a_list_without_a_basis_of_consent_is_refused() -> None:
    with pytest.raises(NotImportable, match="consented"):
        import_csv(["address\n"], kinds=KINDS, basis=" ", place="t", now=NOW)


@pytest.mark.django_db
def test_what_is_taken_out_can_be_brought_in_again(newsroom) -> None:
    bring_in()
    wish = SignUp("whatsapp", "+6591234567", topics=("korea",))
    address_id = subscribe(wish, now=NOW).address_id
    Subscription.objects.filter(address_id=address_id).update(state="active")
    rows = list(export.rows())
    assert len(rows) == 3 and rows[2][:2] == ("whatsapp", "'+6591234567")
    text = "\n".join(",".join(row) for row in [export.COLUMNS, *rows])
    assert bring_in(text).unchanged == 3


@pytest.mark.django_db
def test_one_persons_export_holds_all_and_only_theirs(newsroom) -> None:
    ann, _ = newsroom.reader("ann@example.org"), newsroom.reader("bob@example.org")
    found = export.person(ann.pk)
    text = json.dumps(found)
    assert "ann@example.org" in text and "bob@example.org" not in text
    assert found["addresses"][0]["subscriptions"][0]["name"] == "Korean peninsula relations"
    assert export.person(10**9) is None


@pytest.mark.django_db
def test_erasing_leaves_only_a_proof_nobody_can_read(newsroom) -> None:
    from digest.audience.schedules.opening import open_slots

    ann = newsroom.reader("ann@example.org")
    bob = newsroom.reader("bob@example.org")
    open_slots(now=Schedule.objects.first().next_due_at)
    erased = erase_value("email", " ANN@example.org", kinds=KINDS, now=NOW)
    assert (erased.addresses, erased.subscriptions) == (1, 1)
    assert erase(ann.pk, now=NOW).addresses == 0
    assert list(Address.objects.all()) == [bob] and Slot.objects.count() == 1
    assert Subscriber.objects.get(pk=ann.subscriber_id).erased_at == NOW
    assert not Consent.objects.filter(subscriber_id=ann.subscriber_id).exists()
    assert [c.act for c in Consent.objects.filter(fingerprint=bytes(ann.fingerprint))] == [
        "asked", "confirmed", "withdrawn",
    ]  # fmt: skip
    assert subscribe(SignUp("email", "ann@example.org", topics=("korea",)), now=NOW).address_id


@given(st.text(max_size=30) | st.text("=+-@＝;\t\n\"'a ", max_size=8))
def test_no_cell_is_a_formula_and_each_comes_back(text: str) -> None:
    made = cell(text)
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    # Nor for a spreadsheet that ends cells at semicolons, or lines within our quotes.
    assert not re.search(r"""[;\t\r\n]"*[=+@＝-]""", made)
    if text == text.strip() and not text.startswith("'"):
        assert uncell(made) == text


@pytest.mark.django_db
def test_the_command_brings_in_takes_out_and_forgets(newsroom, tmp_path) -> None:
    def run(*words: str) -> str:
        out = StringIO()
        call_command("subscribers", *words, stdout=out, stderr=StringIO())
        return out.getvalue()

    path = tmp_path / "readers.csv"
    path.write_text("\ufeff" + FILE, encoding="utf-8")
    done = json.loads(run("import", str(path), "--basis", BASIS, "--json"))
    assert (done["added"], len(done["errors"])) == (2, 7)
    assert "0 added, 2 unchanged, 7 left out" in run("import", str(path), "--basis", BASIS)
    assert run("export").startswith("channel,address,newsletters")
    assert json.loads(run("export", "ann@example.org"))["addresses"]
    assert json.loads(run("erase", "ann@example.org", "--json"))["addresses"] == 1
    assert "Nothing was stored" in run("erase", "ann@example.org")
    for words in (["import", str(path)], ["import", "/nowhere.csv", "--basis", BASIS],
                  ["erase", "nonsense"], ["export", "ann@example.org"]):  # fmt: skip
        with pytest.raises(CommandError, match=r"\w"):
            run(*words)
