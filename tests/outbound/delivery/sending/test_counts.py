"""The counts that are kept beside the ledger say what its rows say, whatever happens to them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.kit.clock import now
from digest.models import Attempt, Delivery, Send, SendCount
from digest.outbound.channels.base import Rejected
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.control.guard import guard
from digest.outbound.delivery.control.sweep import sweep
from digest.outbound.delivery.figures.progress import figures
from digest.outbound.delivery.sending.send import send_some
from tests.deadlines import until
from tests.fakes.smtp import Sink, running
from tests.scenes import scene
from tests.scenes.scripted import LOSE, Scripted

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
ROOT = Path(__file__).resolve().parents[4]


def counted(send: Send) -> Counter[str]:
    found = figures(send.pk)
    assert found is not None
    names = {each: each.name.lower() for each in State} | {State.PENDING: "queued"}
    return Counter({each.name: getattr(found, name) for each, name in names.items()})


def truth(send: Send) -> Counter[str]:
    rows = Delivery.objects.filter(send_id=send.pk).values_list("state", flat=True)
    return Counter(State(each).name for each in rows)


def test_a_send_s_whole_life_is_counted() -> None:
    send = scene.running_edition(40, now=now())
    assert counted(send) == truth(send) == {"PENDING": 40}
    values = list(Delivery.objects.values_list("address__value", flat=True))
    channel = Scripted()
    channel.script[values[0]] = [Rejected("550 no", 550, permanent=True)]
    channel.script[values[1]] = [Rejected("450 later", 450, permanent=False)]
    channel.script[values[2]] = [LOSE] * 2
    for _ in range(2):
        send_some(send.pk, channel=channel)
        assert counted(send) == truth(send)
        Delivery.objects.filter(state=State.DEFERRED).update(next_try_at=now())
    assert truth(send) == {"SENT": 38, "FAILED": 1, "UNKNOWN": 1}
    controls.retry_failed(send.pk, now=now() + timedelta(hours=1))
    assert counted(send) == truth(send)
    controls.cancel(send.pk, now=now())
    assert counted(send) == truth(send) == {"SENT": 38, "UNKNOWN": 1, "CANCELLED": 1}


changes = st.lists(
    st.tuples(
        st.sampled_from(State), st.integers(0, 11), st.sampled_from([None, 250, 550]), st.booleans()
    ),
    max_size=12,
)


@given(changes)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_is_counted_and_what_is_rolled_back_is_not(
    history: list[tuple[Delivery.State, int, int | None, bool]],
) -> None:
    send = Send.objects.first() or scene.running_edition(12, now=now())
    ids = list(Delivery.objects.order_by("address_id").values_list("address_id", flat=True))
    for state, at, code, stands in history:
        with transaction.atomic():
            Delivery.objects.filter(address_id__in=ids[at : at + 5]).update(
                state=state, code=code, next_try_at=now(), sent_at=now(), leased_by=holder(state)
            )
            transaction.set_rollback(not stands)
        assert counted(send) == truth(send)
    rows = Delivery.objects.exclude(code=None)
    total = SendCount.objects.filter(send_id=send.pk).values_list("refused", "put_off")
    assert [sum(each) for each in zip(*total, strict=True)] in (
        [],
        [rows.filter(state=State.FAILED).count(), rows.filter(state=State.DEFERRED).count()],
    )


def holder(state: Delivery.State) -> str | None:
    """A holder, for what is in hand."""
    return "00000000-0000-0000-0000-000000000001" if state is State.SENDING else None


def test_many_connections_at_once_count_together() -> None:
    send = scene.running_edition(400, now=now())

    def work() -> None:
        send_some(send.pk, channel=Scripted(delay=0.001))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(send) == truth(send) == {"SENT": 400}
    assert SendCount.objects.filter(send_id=send.pk).count() > 1


@pytest.mark.slow
def test_a_killed_sender_leaves_the_counts_true(tmp_path: Path) -> None:
    send = scene.running_edition(1500, now=now())
    found = connection.get_connection_params()
    host = found.get("host", "")
    code = (
        "import django; django.setup()\n"
        "from digest.outbound.delivery.sending.send import send_some\n"
        f"send_some({send.pk})"
    )
    with running(Sink(delay=0.004)) as sink:
        environ = os.environ | {
            "DATABASE_URL": f"postgresql://{found['user']}@/{found['dbname']}?host={host}",
            "DIGEST_SMTP_URL": sink.url,
            "DJANGO_SETTINGS_MODULE": "digest.settings",
        }
        killed = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environ)
        deadline = time.monotonic() + 60
        while len(sink.taken) < 300 and time.monotonic() < deadline:
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert 300 <= len(sink.taken) < 1500
        assert counted(send) == truth(send)
        assert truth(send)["SENDING"] > 0
        # On a busy machine the server learns a moment later that its client is gone.
        until(lambda: sweep(now=now()) and not truth(send)["SENDING"], "the killed run is settled")
        assert counted(send) == truth(send)


def test_a_send_that_is_paused_says_what_the_other_side_said_most_often() -> None:
    send = scene.running_edition(120, now=now())
    ids = list(Delivery.objects.values_list("address_id", flat=True))
    Delivery.objects.update(state=State.FAILED, code=554, next_try_at=None)
    for number, address_id in enumerate(ids):
        said = "554 you are blocked" if number % 3 else "550 no"
        Attempt.objects.create(
            send_id=send.pk, address_id=address_id, number=1, at=now(), result="failed", code=554,
            reply=said,
        )  # fmt: skip
    assert guard(now=now()) == (send.pk,)
    send.refresh_from_db()
    assert "It says most often: 554 you are blocked" in send.state_reason


READ = """
SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)
FROM pg_stat_xact_user_tables WHERE relname ^@ 'digest_delivery'
"""


def test_a_look_at_a_send_reads_no_row_of_the_ledger() -> None:
    send = scene.running_edition(200, now=now())
    send_some(send.pk, channel=Scripted())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(READ)
        before = cursor.fetchone()
        figures(send.pk)
        guard(now=now())
        cursor.execute(READ)
        assert cursor.fetchone() == before
        list(Delivery.objects.all())
        cursor.execute(READ)
        assert cursor.fetchone() == (before[0] + 200,)
