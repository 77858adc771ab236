"""Lists from other products come in with what they know; one may be tried, and taken back."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.audience.core import tokens
from digest.audience.core.alert_rules import AlertRules
from digest.audience.core.choices import Visit
from digest.audience.joining.by_act import join_by_act
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.leaving.suppress import suppress
from digest.audience.leaving.unsubscribe import pause
from digest.audience.lists.core.csv_lines import NotImportable
from digest.audience.lists.import_readers import ImportedReaders, import_csv
from digest.audience.lists.reader_lines import Also
from digest.audience.lists.undo import undo
from digest.audience.models.consents import Circumstances
from digest.audience.moving.asking import answer_moves, ask_to_move
from digest.audience.moving.making import agree, confirm_move
from digest.audience.preferring.alert_rules import set_alert_rules
from digest.audience.preferring.prefer import change
from digest.models import (
    Address,
    AddressChange,
    Consent,
    ImportRun,
    Mute,
    Schedule,
    Story,
    Subscriber,
    Subscription,
    Suppression,
)
from tests.audience import exports
from tests.audience.conftest import KINDS, NOW

pytestmark = pytest.mark.django_db
BASIS = "Signed up on our old site, 2019 to 2026"


def bring_in(text: str, *, newsletters: tuple[str, ...] = ("morning",), **how) -> ImportedReaders:
    return import_csv(
        io.StringIO(text, newline=""), kinds=KINDS, basis=BASIS, place="old.csv", now=NOW,
        also=Also(newsletters), **how,
    )  # fmt: skip


def followed(value: str) -> list[str]:
    rows = Subscription.objects.filter(address__value=value, state="active")
    return sorted(each.name for each in rows)


@pytest.mark.parametrize(
    ("text", "product", "since", "ann"),
    [
        (exports.MAILCHIMP, "Mailchimp", "2019-04-05T11:40", ["Korean peninsula relations"]),
        (exports.SUBSTACK, "Substack", "2024-01-15T10:00", []),
        (exports.GHOST, "Ghost", "2024-01-15T10:00", ["Korean peninsula relations"]),
        (exports.LISTMONK, "listmonk", "2024-01-15T02:00", ["Korean peninsula relations"]),
        (exports.BEEHIIV, "Beehiiv", "2024-01-15T10:00", ["Korean peninsula relations"]),
    ],
    ids=lambda each: each if isinstance(each, str) and len(each) < 12 else "",
)
def test_an_export_keeps_its_history(newsroom, text, product, since, ann) -> None:
    text = text.replace('""Korea""', '""korea""')
    done = bring_in(text)
    assert (done.product, done.added) == (product, 2)
    assert followed("ann@example.org") == sorted([*ann, "Morning briefing"])
    assert followed("bob@example.org") == ["Morning briefing"]
    assert "eve@example.org" not in Address.objects.values_list("value", flat=True)
    joined = Subscription.objects.filter(address__value="ann@example.org")[0]
    assert joined.confirmed_at.isoformat()[:16] == joined.created_at.isoformat()[:16] == since
    proof = Consent.objects.get(subscriber=joined.subscriber)
    assert (proof.at.isoformat()[:16], proof.text, proof.place) == (since, BASIS, "old.csv")
    again = bring_in(text)
    assert (again.added, again.barred) == (0, 0)


def test_who_left_or_bounced_there_is_never_written_to_here(newsroom) -> None:
    left, cleaned = bring_in(exports.MAILCHIMP_LEFT), bring_in(exports.MAILCHIMP_CLEANED)
    assert (left.added, left.barred, cleaned.added, cleaned.barred) == (0, 1, 0, 1)
    barred = {each.reason: each.at for each in Suppression.objects.all()}
    there = datetime(2022, 1, 1, tzinfo=UTC)
    assert barred == {"reader": there, "bounce": there}
    assert Address.objects.count() == 0
    done = bring_in("address\neve@example.org\n")
    assert "suppressed (reader)" in done.errors[0].reason


def test_a_reader_of_ours_is_not_shut_out_by_an_older_list(newsroom) -> None:
    newsroom.reader("eve@example.org")
    done = bring_in(exports.MAILCHIMP_LEFT)
    assert "a reader here" in done.errors[0].reason
    assert followed("eve@example.org") == ["Korean peninsula relations"]


def test_labels_that_are_nothing_of_ours_are_counted(newsroom) -> None:
    assert dict(bring_in(exports.GHOST).unknown) == {"VIP": 1, "Free": 1, "Gold": 1}


def broken_file() -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(exports.COLUMNS)
    for number, (wrong, _) in enumerate(exports.BROKEN):
        cells = exports.GOOD | {"address": f"reader{number}@example.org"} | wrong
        row = [cells.get(name, "") for name in exports.COLUMNS]
        writer.writerow([*row, cells["more"]] if "more" in cells else row)
        writer.writerow(
            [{"address": f"good{number}@example.org", "topics": "korea"}.get(name, "")
             for name in exports.COLUMNS]
        )  # fmt: skip
    return file.getvalue()


def test_each_broken_line_is_told_and_the_good_ones_come_in(newsroom) -> None:
    suppress(newsroom.reader("gone@example.org").pk, Suppression.Reason.READER, now=NOW)
    assert len(exports.BROKEN) >= 40
    done = bring_in(broken_file(), newsletters=())
    assert done.added == len(exports.BROKEN)
    told = {each.line: each.reason for each in done.errors}
    assert list(told) == [2 + 2 * number for number in range(len(exports.BROKEN))]
    for number, (wrong, words) in enumerate(exports.BROKEN):
        assert words in told[2 + 2 * number], wrong


def test_a_dry_run_tells_the_same_and_stores_nothing(newsroom) -> None:
    suppress(newsroom.reader("gone@example.org").pk, Suppression.Reason.READER, now=NOW)
    before = [m.objects.count() for m in (Subscriber, Address, Subscription, Consent, Suppression)]
    dry = bring_in(broken_file(), newsletters=(), dry_run=True)
    after = [m.objects.count() for m in (Subscriber, Address, Subscription, Consent, Suppression)]
    assert before == after and not ImportRun.objects.exists() and dry.run_id is None
    done = bring_in(broken_file(), newsletters=())
    assert (dry.added, dry.unchanged, dry.errors) == (done.added, done.unchanged, done.errors)


def test_an_import_is_taken_back(newsroom) -> None:
    kim = newsroom.reader("kim@example.org")
    text = "address,topics,status\nann@example.org,korea,\nkim@example.org,korea trade,\n"
    done = bring_in(text + "eve@example.org,,unsubscribed\n")
    assert (done.added, done.barred) == (2, 1)
    assert done.run_id is not None
    back = undo(done.run_id, now=NOW + timedelta(hours=1))
    assert (back.subscriptions, back.readers, back.released, back.kept) == (4, 1, 1, 0)
    assert list(Address.objects.all()) == [kim]
    assert followed("kim@example.org") == ["Korean peninsula relations"]
    assert not Suppression.objects.exists()
    proofs = Consent.objects.filter(place="an import that was taken back")
    assert proofs.count() == 2
    assert undo(done.run_id, now=NOW).subscriptions == 0
    assert bring_in(text).added == 2, "what was taken back may come again"


def test_what_readers_did_since_is_theirs(newsroom) -> None:
    done = bring_in("address,topics\nann@example.org,korea\n")
    Subscription.objects.filter(topic=newsroom.korea).update(
        state="ended", ended_reason="reader", ended_at=NOW
    )
    assert done.run_id is not None
    back = undo(done.run_id, now=NOW)
    assert (back.subscriptions, back.readers, back.kept) == (1, 0, 1)
    assert Subscription.objects.get().state == "ended"
    with pytest.raises(NotImportable, match="no import 999"):
        undo(999, now=NOW)


def by_page(address: Address) -> None:
    change(address.pk, Visit(), now=NOW)


def by_rules(address: Address) -> None:
    set_alert_rules(address.pk, AlertRules())


def by_resting(address: Address) -> None:
    row = Subscription.objects.get(address=address)
    token = tokens.unsubscribe_token(settings.SECRET_KEY, subscription_id=row.pk)
    pause(token, until=NOW + timedelta(days=3), now=NOW)


def by_the_form(address: Address) -> None:
    subscribe(SignUp("email", address.value, alerts=True), now=NOW)


def by_act(address: Address) -> None:
    join_by_act(SignUp("email", address.value, alerts=True), act="start", now=NOW)


def by_moving(address: Address) -> None:
    ask_to_move(address.pk, "ann@new.example", now=NOW)
    answer_moves(now=NOW, kinds=KINDS)
    change = AddressChange.objects.get()
    key, at = settings.SECRET_KEY, Circumstances()
    confirm_move(tokens.move_token(key, change.pk), kinds=KINDS, now=NOW, at=at)
    agree(tokens.stay_token(key, change.pk), kinds=KINDS, now=NOW)


@pytest.mark.parametrize("act", [by_page, by_rules, by_resting, by_the_form, by_act, by_moving])
def test_what_a_reader_chose_since_stays_when_the_list_is_taken_back(
    newsroom, act: Callable[[Address], None]
) -> None:
    done = bring_in("address,alerts\nann@example.org,yes\nbob@example.org,yes\n", newsletters=())
    act(Address.objects.get(value="ann@example.org"))
    assert done.run_id is not None
    back = undo(done.run_id, now=NOW)
    assert (back.subscriptions, back.readers, back.kept) == (1, 1, 1)
    assert Subscription.objects.get().address.value.startswith("ann@")


def test_taking_a_list_back_costs_the_same_however_long_it_is(
    newsroom, django_assert_max_num_queries
) -> None:
    rows = "".join(f"r{number}@example.org,korea\n" for number in range(60))
    done = bring_in(f"address,topics\n{rows}")
    assert done.run_id is not None
    with django_assert_max_num_queries(60):
        assert undo(done.run_id, now=NOW).readers == 60


def test_a_lot_is_found_without_reading_the_whole_list(newsroom, monkeypatch) -> None:
    """A list of a million has hundreds of lots: each may cost what is in it, not what is left."""
    monkeypatch.setattr("digest.audience.lists.undo._AT_ONCE", 7)
    rows = "".join(f"r{number}@example.org,korea trade\n" for number in range(40))
    done = bring_in(f"address,topics\n{rows}")
    assert done.run_id is not None
    with CaptureQueriesContext(connection) as asked:
        back = undo(done.run_id, now=NOW)
    assert (back.subscriptions, back.readers, back.kept) == (120, 40, 0)
    lots = [each["sql"] for each in asked.captured_queries if "LIMIT 7" in each["sql"]]
    begun = [int(re.findall(r'"id" > (\d+)', each)[0]) for each in lots]
    assert len(begun) > 10 and begun == sorted(set(begun))
    assert not any("DISTINCT" in each for each in lots)


def test_nothing_of_a_reader_who_was_taken_back_stays(newsroom) -> None:
    done = bring_in("address\nann@example.org\n")
    ann = Address.objects.get()
    ask_to_move(ann.pk, "ann@new.example", now=NOW)
    answer_moves(now=NOW, kinds=KINDS)
    story = Story.objects.create(headline="Muted", first_at=NOW, last_at=NOW)
    Mute.objects.create(subscriber=ann.subscriber, story=story, at=NOW)
    assert done.run_id is not None
    assert undo(done.run_id, now=NOW).readers == 1
    assert not Address.objects.exists() and not Mute.objects.exists()
    assert not Consent.objects.exclude(subscriber=None).exists()


def test_what_came_paused_is_taken_back_too(newsroom) -> None:
    done = bring_in("address,paused_until\nann@example.org,2027-01-31T00:00:00+00:00\n")
    assert Subscription.objects.get().state == "paused"
    assert done.run_id is not None
    assert undo(done.run_id, now=NOW).subscriptions == 1
    assert not Subscription.objects.exists()


def test_an_imported_reader_is_due_as_one_who_signed_up(newsroom) -> None:
    bring_in("address,topics,local_time,time_zone\nann@example.org,korea,06:30,Asia/Seoul\n")
    schedule = Schedule.objects.get()
    assert schedule.next_due_at == datetime(2026, 11, 23, 21, 30, tzinfo=UTC)


def test_the_command_tries_brings_in_lists_and_takes_back(newsroom, tmp_path) -> None:
    path = tmp_path / "ghost.csv"
    path.write_text(exports.GHOST, encoding="utf-8")

    def run(*words: str) -> dict:
        out = io.StringIO()
        call_command("subscribers", *words, "--json", stdout=out, stderr=io.StringIO())
        return json.loads(out.getvalue())

    how = (str(path), "--basis", BASIS, "--newsletter", "morning")
    tried = run("import", *how, "--dry-run")
    assert (tried["added"], tried["product"], tried["import"]) == (2, "Ghost", None)
    done = run("import", *how)
    assert done["unknown_labels"]["VIP"] == 1
    (listed,) = run("imports")["imports"]
    assert (listed["import"], listed["added"], listed["undone"]) == (done["import"], 2, False)
    assert run("undo", str(done["import"]))["readers"] == 2
    assert run("imports")["imports"][0]["undone"] is True
    with pytest.raises(CommandError, match="no newsletter 'nosuch'"):
        run("import", str(path), "--basis", BASIS, "--newsletter", "nosuch")
