"""Controls: who stopped what is written down, and only what makes sense is done."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from digest.kit.clock import now
from digest.models import AuditEntry, Delivery, Member, Run, Send
from digest.outbound.delivery.control import controls, hindrance
from digest.outbound.delivery.control.sweep import sweep
from digest.outbound.delivery.figures.progress import figures
from tests.scenes import scene

pytestmark = pytest.mark.django_db

State = Delivery.State


def test_pause_and_resume_are_written_down_with_who_did_it() -> None:
    send = scene.running_edition(2, now=now())
    ada = Member.objects.create_user("ada@meridian.example", first_name="Ada", last_name="Lim")
    controls.pause(send.pk, now=now(), member=ada)
    assert Send.objects.get(pk=send.pk).state == "paused"
    controls.pause(send.pk, now=now(), member=ada)
    controls.resume(send.pk, now=now(), member=ada)
    assert Send.objects.get(pk=send.pk).state == "running"
    entries = AuditEntry.objects.filter(subject_kind="send").order_by("pk")
    assert [(entry.verb, entry.who) for entry in entries] == [
        ("paused", "Ada Lim"),
        ("resumed", "Ada Lim"),
    ]


def test_a_late_word_of_a_refusal_wakes_nothing_of_a_send_that_was_cancelled_meanwhile() -> None:
    send = scene.running_edition(2, now=now())
    refused = "554 5.7.1 no more for you"
    Delivery.objects.filter(send_id=send.pk).update(state=State.FAILED, code=554, reply=refused)
    before = controls.last_resumed(send.pk)
    controls.pause(send.pk, now=now())
    controls.resume(send.pk, now=now())
    controls.cancel(send.pk, now=now())
    hindrance.note(send.pk, refused, now=now())
    with pytest.raises(controls.CannotControl, match="cancelled"):
        controls.pause(send.pk, now=now(), reason=refused, unless_resumed_after=before)
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.FAILED}


def test_cancel_marks_what_was_not_sent_and_is_final() -> None:
    send = scene.running_edition(3, now=now())
    assert controls.cancel(send.pk, now=now(), reason="wrong edition") == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.CANCELLED}
    with pytest.raises(controls.CannotControl, match="cancelled"):
        controls.resume(send.pk, now=now())
    with pytest.raises(controls.CannotControl):
        controls.retry_failed(send.pk, now=now())


def test_only_the_failed_are_retried() -> None:
    send = scene.running_edition(4, now=now())
    ids = list(Delivery.objects.order_by("address_id").values_list("address_id", flat=True))
    for address_id, state in zip(
        ids, [State.SENT, State.UNKNOWN, State.FAILED, State.SKIPPED], strict=True
    ):
        Delivery.objects.filter(address_id=address_id).update(state=state, sent_at=now())
    Send.objects.update(state="done", finished_at=now())
    assert controls.retry_failed(send.pk, now=now()) == 1
    assert Delivery.objects.get(state=State.DEFERRED).address_id == ids[2]
    assert Send.objects.get(pk=send.pk).state == "running"
    assert controls.retry_failed(send.pk, now=now()) == 0


def test_an_unknown_send_is_named_with_a_remedy() -> None:
    with pytest.raises(controls.CannotControl, match="There is no send"):
        controls.pause(999, now=now())


def test_figures_count_every_state_and_tell_rate_and_end() -> None:
    send = scene.running_edition(40, now=now())
    ids = list(Delivery.objects.values_list("address_id", flat=True)[:30])
    Delivery.objects.filter(address_id__in=ids).update(state=State.SENT, sent_at=now())
    found = figures(send.pk)
    assert found is not None
    assert (found.total, found.sent, found.queued, found.final) == (40, 30, 10, 30)
    assert 2.5 < found.rate <= 3.0
    assert found.eta is not None
    assert round(found.eta.total_seconds()) in {3, 4}
    assert figures(999) is None


def run(*words: str) -> dict[str, object]:
    out = StringIO()
    call_command("sends", *words, "--json", stdout=out)
    found = json.loads(out.getvalue().splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_the_command_lists_stops_and_starts_sends() -> None:
    send = scene.running_edition(2, now=now())
    number = str(send.pk)
    assert [each["id"] for each in run("list")["sends"]] == [send.pk]  # type: ignore[attr-defined]
    assert run("pause", number)["state"] == "paused"
    assert run("resume", number)["state"] == "running"
    assert run("show", number)["queued"] == 2
    Delivery.objects.update(state=State.FAILED)
    assert run("retry-failed", number)["retried"] == 2
    assert run("cancel", number)["cancelled"] == 2
    with pytest.raises(CommandError, match="was cancelled"):
        run("pause", number)
    call_command("sends", "list")
    call_command("sends", "show", number)


@pytest.mark.parametrize("limit", ["-1", "0", "many", "9" * 30])
def test_a_limit_that_is_no_count_is_refused_in_words(limit: str) -> None:
    with pytest.raises(CommandError, match="1 to 100000"):
        run("list", "--limit", limit)


def test_what_a_run_gives_back_while_a_cancel_marks_rows_is_marked_by_the_next_sweep() -> None:
    send, run = scene.running_edition(5, now=now()), uuid4()
    Run.objects.create(id=run, send_id=send.pk, leased_until=now() + timedelta(seconds=60))
    rows = Delivery.objects.filter(send_id=send.pk)
    held = list(rows.values_list("address_id", flat=True)[:2])
    rows.filter(address_id__in=held).update(
        state=Delivery.State.SENDING, leased_by=run, next_try_at=None
    )
    ended = []

    def end_the_run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith('UPDATE "digest_delivery"') and not ended:
            ended.append(run)
            rows.filter(address_id__in=held).update(
                state=Delivery.State.PENDING, leased_by=None, next_try_at=now()
            )
            Run.objects.all().delete()
        return result

    with connection.execute_wrapper(end_the_run):
        assert controls.cancel(send.pk, now=now(), who="Ann") == 3
    assert ended
    assert rows.filter(state=Delivery.State.PENDING).count() == 2
    sweep(now=now())
    assert set(rows.values_list("state", flat=True)) == {Delivery.State.CANCELLED}
    send.refresh_from_db()
    assert send.finished_at is not None
