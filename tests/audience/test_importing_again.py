"""A list that comes again, breaks off or comes at a bad moment: nobody is woken by it."""

import csv
import io
import json
import re
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import errors

from digest.audience import address_locks
from digest.audience.core import tokens
from digest.audience.core.pauses import LONGEST_PAUSE, UNTIL_ENDED
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.leaving.unsubscribe import unsubscribe
from digest.audience.lists import export, import_readers, reader_lines
from digest.audience.lists.core.csv_lines import CsvLines
from digest.audience.lists.import_readers import ImportedReaders, import_csv
from digest.audience.preferring import prefer
from digest.models import Address, Schedule, Subscription
from tests.audience.conftest import KINDS, NOW

BASIS = "Signed up on our old site, 2024 to 2026"
ANN = "address,newsletters,topics\nann@example.org,morning,korea\n"


def bring_in(text: str) -> ImportedReaders:
    return import_csv(
        io.StringIO(text, newline=""), kinds=KINDS, basis=BASIS, place="test", now=NOW
    )


def leave(**wanted) -> None:
    chosen = Subscription.objects.exclude(state="ended").get(**wanted)
    unsubscribe(tokens.unsubscribe_token(settings.SECRET_KEY, chosen.pk), now=NOW)


@pytest.mark.django_db
def test_who_left_by_the_link_is_not_brought_back_by_the_same_file(newsroom) -> None:
    bring_in(ANN)
    leave(newsletter__slug="morning")
    again = bring_in(ANN)
    assert (again.added, again.unchanged, len(again.errors)) == (0, 0, 1)
    assert again.errors[0].line == 2
    assert "Morning briefing, the reader unsubscribed on 2026-11-23" in again.errors[0].reason
    following = Subscription.objects.exclude(state="ended").values_list("topic__slug", flat=True)
    assert list(following) == ["korea"]
    assert Subscription.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "told"),
    [("complaint", "reported spam"), ("bounce", "bounced"), ("editor", "newsroom ended")],
)
def test_what_ended_for_another_grave_reason_stays_ended_too(newsroom, reason, told) -> None:
    bring_in(ANN)
    Subscription.objects.update(state="ended", ended_reason=reason, ended_at=NOW)
    assert told in bring_in(ANN).errors[0].reason
    assert not Subscription.objects.exclude(state="ended").exists()
    assert not Schedule.objects.filter(next_due_at__gt=NOW, is_active=False).exists()


@pytest.mark.django_db
def test_something_new_comes_in_beside_what_was_left(newsroom) -> None:
    bring_in(ANN)
    leave(topic__slug="korea")
    done = bring_in("address,topics\nann@example.org,korea trade\n")
    assert (done.added, done.unchanged, len(done.errors)) == (1, 0, 1)
    following = Subscription.objects.filter(state="active", topic__isnull=False)
    assert [each.topic.slug for each in following] == ["trade"]


@pytest.mark.django_db
def test_who_never_confirmed_may_be_brought_in(newsroom) -> None:
    subscribe(SignUp("email", "ann@example.org", newsletters=("morning",)), now=NOW)
    Subscription.objects.update(state="ended", ended_reason="expired", ended_at=NOW)
    assert bring_in(ANN).added == 1


@pytest.mark.django_db
def test_a_pause_goes_out_and_comes_back_as_a_pause(newsroom) -> None:
    ann = newsroom.reader(topics=("korea",), newsletters=("morning",))
    until = NOW + timedelta(days=30)
    wishes = prefer.Preferences(newsletters=("morning",), topics=("korea",), paused_until=until)
    prefer.prefer(ann.pk, wishes, now=NOW)
    awake = SignUp("email", "ann@example.org", alerts=True)
    subscribe(awake, now=NOW)
    Subscription.objects.filter(alerts=True).update(state="active")
    out = io.StringIO()
    csv.writer(out).writerows([export.COLUMNS, *export.rows()])
    before = set(Subscription.objects.values_list("topic", "newsletter", "state", "paused_until"))
    assert bring_in(out.getvalue()).unchanged == 2
    Subscription.objects.all().delete()
    Schedule.objects.all().delete()
    Address.objects.all().delete()
    assert bring_in(out.getvalue()).errors == ()
    after = set(Subscription.objects.values_list("topic", "newsletter", "state", "paused_until"))
    assert after == before and sorted(state for _, _, state, _ in after) == [
        "active", "paused", "paused",
    ]  # fmt: skip
    assert not Schedule.objects.get().is_active


@pytest.mark.django_db
def test_a_pause_without_a_date_comes_back_without_one(newsroom) -> None:
    ann = newsroom.reader(newsletters=("morning",))
    Subscription.objects.update(state="paused", paused_until=UNTIL_ENDED)
    told = list(export.rows())
    assert told[0][-1] == "open"
    ann.delete()
    bring_in("\n".join(",".join(line) for line in (export.COLUMNS, *told)))
    row = Subscription.objects.get(address__value="ann@example.org")
    assert (row.state, row.paused_until) == ("paused", UNTIL_ENDED)


@pytest.mark.django_db
def test_a_pause_that_is_over_or_endless_is_none_or_a_year(newsroom) -> None:
    done = bring_in(
        "address,newsletters,paused_until\n"
        "a@example.org,morning,2020-01-01\nb@example.org,morning,9999-12-31\n"
        "c@example.org,morning,soon\nd@example.org,morning,0001-01-01T00:00+14:00\n"
    )
    assert done.added == 2
    assert [each.line for each in done.errors] == [4, 5] and "paused_until" in done.errors[0].reason
    of = {each.address.value[0]: each for each in Subscription.objects.select_related("address")}
    assert (of["a"].state, of["a"].paused_until) == ("active", None)
    assert (of["b"].state, of["b"].paused_until) == ("paused", NOW + LONGEST_PAUSE)


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["address", "newsletters", "topics", "locale", "time_zone"])
def test_a_nul_in_a_cell_costs_its_line_alone(newsroom, column: str) -> None:
    cells = {"address": "bob@example.org", "newsletters": "morning", "topics": "korea",
             "locale": "en", "time_zone": "UTC"}  # fmt: skip
    bad = cells | {column: cells[column] + "\x00"}
    good = cells | {"address": "ann@example.org"}
    lines = [",".join(cells), ",".join(bad.values()), ",".join(good.values())]
    done = bring_in("\n".join(lines) + "\n")
    assert done.added == 1 and [each.line for each in done.errors] == [2]
    assert column in done.errors[0].reason


@pytest.mark.django_db
def test_the_time_zones_are_read_once_for_a_whole_file(newsroom, monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(reader_lines, "available_timezones", lambda: calls.append(1) or {"UTC"})
    reader_lines._zones.cache_clear()
    try:
        bring_in(
            "address,newsletters,time_zone\na@example.org,morning,UTC\nb@example.org,morning,UTC\n"
        )
    finally:
        reader_lines._zones.cache_clear()
    assert calls == [1]


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ['"never closed', "x" * 131_073])
def test_a_file_that_breaks_off_is_an_error_with_the_line(
    newsroom, tmp_path, capsys, broken
) -> None:
    path = tmp_path / "readers.csv"
    lines = ["address,newsletters", "ann@example.org,morning", f"{broken},morning"]
    path.write_text("\n".join([*lines, "bob@example.org,morning"]), encoding="utf-8")
    with pytest.raises(CommandError, match="From line 3 on nothing was read"):
        call_command("subscribers", "import", str(path), "--basis", BASIS, "--json")
    done = json.loads(capsys.readouterr().out)
    assert (done["added"], done["errors"], done["stopped"]["line"]) == (1, [], 3)
    assert [each.value for each in Address.objects.all()] == ["ann@example.org"]


@pytest.mark.django_db
def test_a_chunk_locks_its_addresses_at_once_and_in_order_before_it_writes(newsroom) -> None:
    rows = [f"reader{n}@example.org,morning\n" for n in range(6)]
    bring_in("address,newsletters\n" + "".join(rows[:3]))
    with CaptureQueriesContext(
        connection,
    ) as seen:
        bring_in("address,newsletters\n" + "".join(reversed(rows)))
    words = [each["sql"] for each in seen]
    first_lock = next(n for n, sql in enumerate(words) if "FOR UPDATE" in sql)
    assert 'ORDER BY "digest_address"."fingerprint"' in words[first_lock]
    assert len(re.findall(r"x[0-9a-f]{64}", words[first_lock])) == 6
    earlier = [sql for sql in words[:first_lock] if "digest_import_run" not in sql]
    assert not any(sql.startswith(("INSERT", "UPDATE")) for sql in earlier)
    new = [bytes(each.fingerprint) for each in Address.objects.order_by("pk")][3:]
    assert new == sorted(new)


def test_a_lost_race_is_run_again_and_any_other_error_is_not() -> None:
    def lost(cause: Exception) -> OperationalError:
        error = OperationalError("lost")
        error.__cause__ = cause
        return error

    raised = [lost(errors.DeadlockDetected()), lost(errors.SerializationFailure())]

    def step() -> str:
        if raised:
            raise raised.pop()
        return "done"

    assert address_locks.again_if_lost(step) == "done"
    raised += [lost(errors.DeadlockDetected()) for _ in range(4)]
    with pytest.raises(OperationalError):
        address_locks.again_if_lost(step)
    assert len(raised) == 1
    raised[:] = [lost(errors.AdminShutdown()), lost(errors.AdminShutdown())]
    with pytest.raises(OperationalError):
        address_locks.again_if_lost(step)
    assert len(raised) == 1


@pytest.mark.django_db(transaction=True)
def test_who_signs_up_during_the_import_is_known_to_it(newsroom, monkeypatch) -> None:
    def sign_up_elsewhere() -> None:
        try:
            subscribe(SignUp("email", "ann@example.org", topics=("trade",)), now=NOW)
        finally:
            connection.close()

    real = import_readers.bring
    asked = []

    def bring(newcomers, **how) -> None:
        asked.append(len(newcomers))
        thread = threading.Thread(target=sign_up_elsewhere)
        thread.start()
        thread.join()
        real(newcomers, **how)

    monkeypatch.setattr(import_readers, "bring", bring)
    done = bring_in(ANN)
    assert asked == [1] and (done.added, done.errors) == (1, ())
    with transaction.atomic():
        ann = Address.objects.get()
        assert ann.subscriptions.count() == 3 and ann.verified_by == "import"


def test_lines_that_were_worked_on_are_passed_over_by_number() -> None:
    text = 'address,topics\na@example.org,x\n\n"b@example.org","x\ny"\nc@example.org,\n'
    table = CsvLines(io.StringIO(text, newline=""), one_of=("address",))
    whole = list(table)
    assert [number for number, _ in whole] == [2, 5, 6]
    for last in range(8):
        again = CsvLines(io.StringIO(text, newline=""), one_of=("address",))
        assert list(again.after(last)) == [each for each in whole if each[0] > last]
