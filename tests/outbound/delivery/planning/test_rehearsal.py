"""A test of an edition reaches the editor who asked for it, marked as one, and nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import AuditEntry, Delivery, Send
from digest.newsdesk.editions.preview import content_of
from digest.outbound.delivery.planning.rehearsal import NotRehearsed, rehearse
from tests.fakes.smtp import Sink, running
from tests.web import desk_day

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with running(Sink()) as made:
        settings.DIGEST_SMTP_URL = made.url
        yield made


def test_the_editor_gets_the_edition_as_it_stands(client: Client, sink: Sink) -> None:
    desk_day.stories(now())
    edition = desk_day.edition(now())
    assert edition.newsletter is not None
    desk_day.reader("reader@example.org", now(), on=edition.newsletter)
    client.force_login(desk_day.member())
    answer = client.post(f"/desk/editions/{edition.public_id}/test", follow=True)
    assert "A test is on its way to ann@desk.example." in answer.content.decode()
    assert [mail.recipient for mail in sink.taken] == ["ann@desk.example"]
    message = sink.taken[0].message
    assert str(message["Subject"]).startswith(
        "[Test] " + content_of(edition.pk).items[0].headline[:40]
    )
    body = message.get_body(preferencelist=("plain",))
    assert body is not None
    assert content_of(edition.pk).items[0].headline in body.get_content()
    assert "reader.invalid" not in message.as_string()
    assert not Send.objects.exists()
    assert not Delivery.objects.exists()
    assert AuditEntry.objects.filter(verb="sent a test of").count() == 1


def test_a_relay_that_says_no_is_quoted(client: Client, sink: Sink) -> None:
    desk_day.stories(now())
    edition = desk_day.edition(now())
    sink.on_recipient["*"] = ["550 5.1.1 nobody here"]
    client.force_login(desk_day.member())
    answer = client.post(f"/desk/editions/{edition.public_id}/test", follow=True)
    page = answer.content.decode()
    assert "The test was not sent." in page
    assert "nobody here" in page


def test_a_relay_that_is_not_there_is_said(client: Client, settings: Any) -> None:
    settings.DIGEST_SMTP_URL = "smtp://127.0.0.1:9"
    desk_day.stories(now())
    edition = desk_day.edition(now())
    client.force_login(desk_day.member())
    answer = client.post(f"/desk/editions/{edition.public_id}/test", follow=True)
    assert "The test was not sent." in answer.content.decode()


def test_outside_production_only_listed_addresses_are_tested(sink: Sink, settings: Any) -> None:
    settings.DIGEST_ALLOWED_RECIPIENTS = ["@elsewhere.example"]
    desk_day.stories(now())
    content = content_of(desk_day.edition(now()).pk)
    with pytest.raises(NotRehearsed, match="DIGEST_ALLOWED_RECIPIENTS"):
        rehearse(content, "ann@desk.example", now=now())
    assert not sink.taken
