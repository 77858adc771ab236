"""The pigeon's whole journey through beat and a worker, which know it by its entry point."""

import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Address, Delivery, Edition, Feed, Schedule, Subscription, Suppression
from digest.newsdesk.alerts.correct import correct
from digest.newsdesk.alerts.issue import issue
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.newsdesk.alerts.withdraw import withdraw
from digest.newsdesk.editions.publish import publish
from digest.outbound.delivery.planning import told_lately
from digest.staff.access import Role
from tests.deadlines import until
from tests.web import desk_day, newsroom
from tests.workers.processes import process, worker_words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
RING = "SG-2026-0042"
TOPIC = "korean-peninsula-relations"


@pytest.fixture
def at_work(
    loft: Path, installed: Path, environment: dict[str, str], tmp_path: Path
) -> Iterator[Path]:
    """Beat, and a worker for every queue, in an installation that has the package; their log."""
    paths = [str(installed), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    log = tmp_path / "log"
    with (
        process("-m", "workers", "beat", environment=environment, log=log),
        process(*worker_words(), environment=environment, log=log),
    ):
        yield log


class Loft:
    """What lies in the loft, looked at until it is as it should be."""

    def __init__(self, folder: Path, log: Path) -> None:
        self._folder, self._log = folder, log

    def slips(self) -> list[dict[str, str]]:
        return [json.loads(each.read_text()) for each in self._folder.glob("*.json")]

    def sweep(self) -> None:
        for each in self._folder.glob("*.json"):
            each.unlink()

    def saying(self, words: str) -> dict[str, str]:
        """The one slip that holds the words, once it has come."""
        found: list[dict[str, str]] = []

        def come() -> bool:
            found[:] = [each for each in self.slips() if words in each["slip"]]
            return len(found) == 1

        self.wait(come, f"a slip saying {words!r}")
        return found[0]

    def wait(self, holds: Callable[[], object], what: str) -> None:
        until(holds, lambda: f"{what}; {self.slips()}; {self._log.read_text()[-3000:]}", 90)


def test_sign_up_digest_edition_alert_correction_withdrawal_and_outcome(
    client: Client, loft: Path, at_work: Path
) -> None:
    desk_day.stories(now())
    # Its feeds are on no network that a worker may ask.
    Feed.objects.update(next_check_at=now() + timedelta(days=1))
    edition = desk_day.edition(now(), channels=["email", "pigeon"])
    assert edition.newsletter is not None
    edition.newsletter.is_open = True
    edition.newsletter.save()
    there = Loft(loft, at_work)
    address = joined(client, there, edition)
    digested(there)
    published(client, there, edition, address)
    alerted(there)


def joined(client: Client, there: Loft, edition: Edition) -> Address:
    """A reader fills in the form, is asked by pigeon, and says yes."""
    assert edition.newsletter is not None
    wants = {"newsletters": [edition.newsletter.slug], "topics": [TOPIC], "alerts": "on"}
    made = newsroom.made()
    answer = client.post("/subscribe", {"channel": "pigeon", "ring": RING, "made": made, **wants})
    assert answer.status_code == 302, answer.content.decode()
    asked = re.search(r"/confirm/\S+", there.saying("asks whether you want")["slip"])
    assert asked
    assert client.post(asked[0]).status_code == 302
    assert Subscription.objects.filter(state="active").count() == 3
    there.sweep()
    return Address.objects.get(value=RING)


def digested(there: Loft) -> None:
    """The reader's own hour comes, and with it a digest of the topic alone."""
    due = Schedule.objects.get()
    moment = now().replace(second=0, microsecond=0)
    due.local_time = moment.astimezone(ZoneInfo(due.time_zone)).time()
    due.next_due_at = moment
    due.save()
    slip = there.saying("Your topics, ")["slip"]
    assert "Pyongyang" in slip
    assert "Corvane" not in slip


def published(client: Client, there: Loft, edition: Edition, address: Address) -> None:
    """The edition arrives, and what the loft reports of it becomes an outcome."""
    publish(edition.pk, now=now(), by="by rule")
    slip = there.saying("Morning briefing, ")
    flight = {"flight": "f-1", "copy": slip["copy"], "news": "home"}
    told = client.post(
        "/hooks/pigeon",
        {"flights": [flight]},
        content_type="application/json",
        headers={"X-Loft": "coo"},
    )
    assert told.status_code == 200
    sent = Delivery.objects.filter(send__kind="edition", address=address)
    there.wait(
        lambda: sent.filter(outcome=Delivery.Outcome.DELIVERED).exists(), "the edition's outcome"
    )
    assert not Suppression.objects.exists()


def alerted(there: Loft) -> None:
    """One of the biggest alerts, its correction in its place, and nothing once it is withdrawn."""
    chief = desk_day.member("Vera Lind", role=Role.CHIEF)
    story = desk_day.Story.objects.filter(headline__icontains="ferry").first()
    assert story is not None
    before = len(there.slips())
    # The edition has just told of it: this would only say it again.
    small = raise_alert(story.pk, "Ferry is smoking", "All aboard.", member=chief, now=now())
    issue(small.alert_id, member=chief, now=now())
    spared = Delivery.objects.filter(send__kind="alert", reply=told_lately.WORDS)
    there.wait(lambda: spared.count() == 1, "the reader spared what the edition told")
    raised = raise_alert(
        story.pk, "Ferry on fire", "All aboard.", member=chief, now=now(), is_biggest=True
    )
    issue(raised.alert_id, member=chief, now=now())
    there.saying("Breaking: Ferry on fire")
    assert not [each for each in there.slips() if "Ferry is smoking" in each["slip"]]
    correct(raised.alert_id, "Ferry fire is out", "All ashore.", member=chief, now=now())
    there.saying("Correction: Ferry fire is out")
    assert len(there.slips()) == before + 1
    withdraw(raised.alert_id, "It was a drill.", member=chief, now=now())
    there.wait(lambda: len(there.slips()) == before, "the withdrawn alert taken away")
