"""Looking before sending: a dry run changes nothing, seeds get a test, a spread takes its time."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from digest.kit.clock import now
from digest.models import AuditEntry, Delivery, Edition, EditionRevision, Message, Send
from tests.fakes.smtp import Sink, running
from tests.scenes import scene
from tests.web import desk_day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with running(Sink()) as made:
        settings.DIGEST_SMTP_URL = made.url
        yield made


@pytest.fixture
def edition() -> Edition:
    desk_day.stories(now())
    made = desk_day.edition(now())
    assert made.newsletter is not None
    for number in range(3):
        desk_day.reader(f"reader{number}@example.org", now(), on=made.newsletter)
    return made


def editions(*words: str) -> Any:
    out = StringIO()
    call_command("editions", *words, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def test_a_dry_run_counts_readers_and_leaves_nothing_behind(edition: Edition) -> None:
    tables = (Send, Delivery, Message, EditionRevision, AuditEntry)
    before = [table.objects.count() for table in tables]
    (found,) = [
        each
        for each in editions("send", str(edition.pk), "--dry-run")["dry_run"]
        if each["channel"] == "email"
    ]
    assert (found["readers"], found["shut_out"], found["held"]) == (3, 0, "")
    assert found["subject"]
    assert [table.objects.count() for table in tables] == before
    edition.refresh_from_db()
    assert edition.state == Edition.State.DRAFT


def test_a_dry_run_tells_who_staging_shuts_out(edition: Edition, settings: Any) -> None:
    settings.DIGEST_ALLOWED_RECIPIENTS = ["reader1@example.org"]
    found = editions("send", str(edition.pk), "--dry-run")["dry_run"]
    assert next(each for each in found if each["channel"] == "email")["shut_out"] == 2


def test_seeds_get_a_marked_test_and_readers_nothing(
    edition: Edition, sink: Sink, settings: Any
) -> None:
    settings.DIGEST_SEEDS = ["seed@one.example", "seed@two.example"]
    found = editions("seed", str(edition.pk))["seeds"]
    assert [each["accepted"] for each in found] == [True, True]
    assert [mail.recipient for mail in sink.taken] == settings.DIGEST_SEEDS
    assert all(str(mail.message["Subject"]).startswith("[Test]") for mail in sink.taken)
    assert not Send.objects.exists()


def test_a_seed_that_is_refused_is_told_and_the_others_are_tried(
    edition: Edition, sink: Sink, capsys: pytest.CaptureFixture[str]
) -> None:
    sink.on_recipient["bad@one.example"] = ["550 5.1.1 nobody here"]
    words = ["--to", "bad@one.example", "--to", "good@one.example"]
    with pytest.raises(CommandError, match="Not every test"):
        call_command("editions", "seed", str(edition.pk), *words)
    assert "nobody here" in capsys.readouterr().out
    assert [mail.recipient for mail in sink.taken] == ["good@one.example"]


def test_a_spread_mixes_readers_over_its_length() -> None:
    newsletter = scene.newsletter(spread=timedelta(hours=2))
    scene.readers(200, newsletter, now=now())
    frozen = scene.edition(newsletter, now=now())
    from digest.outbound.delivery.planning.fanout import fan_out
    from digest.outbound.delivery.planning.plan import plan_edition

    began = now()
    (send_id,) = plan_edition(frozen.edition_id, 1, now=began).send_ids
    fan_out(send_id, now=began)
    due = list(
        Delivery.objects.filter(send_id=send_id)
        .order_by("next_try_at")
        .values_list("next_try_at", flat=True)
    )
    assert began <= due[0] < began + timedelta(minutes=20)
    assert began + timedelta(minutes=100) < due[-1] <= now() + timedelta(hours=2)
    halfway = sum(at < began + timedelta(hours=1) for at in due)
    assert 60 < halfway < 140
