"""The doctor tells sick from sound, names a remedy for each fault, and waits for nobody long."""

import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.management import call_command

from digest.kit import heartbeats
from digest.kit.doctor import dns
from digest.kit.doctor.finding import ERROR, OK, WARNING, Finding
from digest.management.examination.broker import broker
from digest.management.examination.configuration import configuration
from digest.management.examination.database import clock
from digest.management.examination.folder import folder
from digest.outbound.channels.email.doctor.relay import relay
from digest.outbound.channels.email.doctor.sending_domain import sending_domain
from digest.outbound.channels.whatsapp.doctor import check
from tests.fakes import smtp
from tests.outbound.channels.test_dkim import keys
from tests.scenes.servers import Valkey

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def given(**changes: Any) -> SimpleNamespace:
    """A sound production installation, but for ``changes``."""
    sound = {
        "DIGEST_PRODUCTION": True,
        "DEBUG": False,
        "DIGEST_PACE": [],
        "DIGEST_WARM_UP": "",
        "DIGEST_SECRET_GIVEN": True,
        "SECRET_KEY": "s" * 50,
        "DIGEST_HOME": Path("/var/lib/digest"),
        "DIGEST_BASE_URL": "https://news.meridian.press",
        "DIGEST_CHANNELS": ["email", "whatsapp"],
        "DIGEST_ALLOWED_RECIPIENTS": [],
        "DIGEST_SMTP_URL": "smtp://127.0.0.1:25",
        "DIGEST_LIST_DOMAIN": "meridian.press",
        "DIGEST_FROM_EMAIL": "news@meridian.press",
        "DIGEST_DKIM_DOMAIN": "meridian.press",
        "DIGEST_DKIM_SELECTOR": "digest",
        "DIGEST_DKIM_KEY": "",
        "DIGEST_DKIM_SECOND_SELECTOR": "second",
        "DIGEST_DKIM_SECOND_KEY": "",
        # Nobody answers there, which says nothing of the token.
        "DIGEST_WHATSAPP_URL": "https://127.0.0.1:9/v23.0",
        "DIGEST_WHATSAPP_PHONE_ID": "1",
        "DIGEST_WHATSAPP_TOKEN": "t",
        "DIGEST_WHATSAPP_APP_SECRET": "a",
        "DIGEST_WHATSAPP_VERIFY_TOKEN": "v",
        "DIGEST_WHATSAPP_RATES": "",
        "DIGEST_WHATSAPP_SITE": "",
        "DIGEST_WHATSAPP_APP_ID": "",
    }
    return SimpleNamespace(**(sound | changes))


def states(findings: list[Finding]) -> dict[str, str]:
    for each in findings:
        assert each.what
        assert each.remedy or each.state == OK, each
    return {each.subject: each.state for each in findings}


@pytest.mark.django_db
def test_json_stands_on_the_last_line_and_a_bare_machine_is_no_error() -> None:
    out = StringIO()
    call_command("doctor", "--json", stdout=out)
    found = json.loads(out.getvalue().splitlines()[-1])
    assert found["errors"] == 0
    subjects = {each["subject"] for each in found["findings"]}
    assert {"settings", "database", "tables", "clock", "broker", "relay", "disk"} <= subjects
    assert set(found["findings"][0]) == {"subject", "state", "what", "remedy"}


@pytest.mark.django_db
def test_an_error_ends_it_with_1_and_every_finding_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settings, "DIGEST_CHANNELS", ["email", "pigeon"])
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
    shown = capsys.readouterr().out
    assert "pigeon" in shown
    assert "1 errors" in shown


@pytest.mark.parametrize(
    ("changes", "subject", "state"),
    [
        ({}, "secret key", OK),
        ({"DIGEST_SECRET_GIVEN": False}, "secret key", ERROR),
        ({"SECRET_KEY": "short"}, "secret key", ERROR),
        ({"DIGEST_SECRET_GIVEN": False, "DIGEST_PRODUCTION": False}, "secret key", OK),
        ({"DIGEST_BASE_URL": "http://news.meridian.press"}, "base URL", ERROR),
        ({"DIGEST_BASE_URL": "https://localhost"}, "base URL", ERROR),
        ({"DIGEST_BASE_URL": "news.meridian.press"}, "base URL", ERROR),
        ({"DIGEST_BASE_URL": "http://127.0.0.1:8000", "DIGEST_PRODUCTION": False}, "base URL", OK),
        ({"DIGEST_PRODUCTION": False, "DIGEST_ALLOWED_RECIPIENTS": ["*"]}, "recipients", WARNING),
        ({"DIGEST_CHANNELS": []}, "channels", ERROR),
    ],
)
def test_settings_are_judged(changes: dict[str, Any], subject: str, state: str) -> None:
    assert states(configuration(given(**changes)))[subject] == state


WITH_PICTURES = {
    "DIGEST_WHATSAPP_SITE": "https://news.example/",
    "DIGEST_WHATSAPP_APP_ID": "1234567890",
}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, OK),
        ({"DIGEST_WHATSAPP_TOKEN": ""}, ERROR),
        ({"DIGEST_WHATSAPP_TOKEN": "", "DIGEST_PRODUCTION": False}, WARNING),
        ({"DIGEST_WHATSAPP_APP_SECRET": ""}, WARNING),
        ({"DIGEST_WHATSAPP_SITE": "news.example"}, WARNING),
        ({"DIGEST_WHATSAPP_SITE": "https://news.example/"}, OK),
        ({"DIGEST_WHATSAPP_APP_ID": "1234567890"}, WARNING),
        ({**WITH_PICTURES, "DIGEST_WHATSAPP_APP_ID": "our app"}, WARNING),
        (WITH_PICTURES, OK),
        ({"DIGEST_WHATSAPP_URL": "http://graph.example/v23.0"}, ERROR),
    ],
)
def test_whatsapp_is_judged(changes: dict[str, Any], state: str) -> None:
    assert states(check(given(**changes), lambda name: []))["WhatsApp"] == state


@pytest.mark.parametrize(("seconds", "state"), [(0.2, OK), (-2, WARNING), (9, ERROR)])
def test_two_clocks_are_compared(seconds: float, state: str) -> None:
    assert clock(NOW + timedelta(seconds=seconds), NOW).state == state


def test_root_keeps_out_of_private_homes(tmp_path: Path) -> None:
    assert states(folder(Path("/root/digest"), as_root=True))["data folder"] == ERROR
    assert set(states(folder(tmp_path, as_root=False)).values()) <= {OK, WARNING}
    assert states(folder(tmp_path / "gone"))["data folder rights"] == ERROR


def test_a_relay_that_answers_is_sound() -> None:
    with smtp.running(smtp.Sink()) as sink:
        assert states(relay(given(DIGEST_SMTP_URL=sink.url)))["relay"] == OK
        assert not sink.taken


def test_a_relay_without_the_starttls_it_must_offer_is_an_error() -> None:
    with smtp.running(smtp.Sink()) as sink:
        found = states(relay(given(DIGEST_SMTP_URL=f"{sink.url}?starttls=1")))
    assert found["relay TLS"] == ERROR


def test_a_relay_that_turns_us_away_or_is_not_there_is_an_error() -> None:
    with smtp.running(smtp.Sink(greetings=["554 not you"] * 3)) as sink:
        (finding,) = relay(given(DIGEST_SMTP_URL=sink.url))
    assert finding.state == ERROR
    assert "554" in finding.what
    assert states(relay(given(DIGEST_SMTP_URL="smtp://127.0.0.1:9")))["relay"] == ERROR
    assert states(relay(given(DIGEST_SMTP_URL="127.0.0.1")))["relay"] == ERROR


def test_a_silent_relay_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        found = states(relay(given(DIGEST_SMTP_URL=url), patience=0.3))
    assert found["relay"] == ERROR
    assert time.monotonic() - began < 5


def test_many_silent_relays_hold_nobody_longer_than_one() -> None:
    with ExitStack() as all_of_them:
        silent = [
            all_of_them.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(12)
        ]
        urls = " ".join(f"smtp://127.0.0.1:{each.getsockname()[1]}" for each in silent)
        began = time.monotonic()
        found = relay(given(DIGEST_SMTP_URL=urls), patience=1.0)
        took = time.monotonic() - began
    assert [each.state for each in found] == [ERROR] * 12
    # One after the other they take twelve seconds.
    assert took < 8


@pytest.fixture
def valkey() -> Any:
    made = Valkey()
    made.start()
    yield made
    made.stop()


def test_workers_are_known_by_the_queues_they_serve(valkey: Valkey) -> None:
    now = datetime.now(UTC)
    with redis.Redis.from_url(valkey.url) as client:
        assert states(broker(client, given(), now=now))["workers"] == ERROR
        quiet = given(DIGEST_PRODUCTION=False)
        assert states(broker(client, quiet, now=now))["workers"] == WARNING
        for queue in heartbeats.QUEUES[1:]:
            heartbeats.note(client, queue, tick=True)
        found = states(broker(client, given(), now=now))
        assert (found["workers"], found["queue alerts"]) == (OK, ERROR)
        assert "beat" not in found
        heartbeats.note(client, "alerts", tick=False)
        found = states(broker(client, given(), now=now))
        assert "queue alerts" not in found
        found = states(broker(client, given(), now=now + timedelta(minutes=9)))
        assert found["workers"] == ERROR


def test_a_long_queue_is_noticed_and_a_lost_broker_is_an_error(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.lpush("digests", *range(1000))
        assert states(broker(client, given(), now=NOW))["queue digests"] == WARNING
        valkey.stop()
        assert states(broker(client, given(), now=NOW)) == {"broker": ERROR}


SOUND = {
    "meridian.press": ["v=spf1 include:relay.example -all", "other=1"],
    "digest._domainkey.meridian.press": ["v=DKIM1; k=rsa; p=MIIB"],
    "_dmarc.meridian.press": ["v=DMARC1; p=quarantine; rua=mailto:x@meridian.press"],
}


def answering(records: dict[str, list[str]]) -> Callable[[str], list[str]]:
    return lambda name: records.get(name, [])


def test_a_sound_domain_has_all_three_records() -> None:
    found = states(sending_domain(given(), answering(SOUND)))
    assert found == {"SPF": OK, "DKIM": OK, "DMARC": OK}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({}, {"SPF": ERROR, "DKIM": WARNING, "DMARC": ERROR}),
        ({"meridian.press": ["v=spf1 +all"]}, {"SPF": ERROR}),
        ({"meridian.press": ["v=spf1 -all", "v=spf1 ~all"]}, {"SPF": ERROR}),
        ({"digest._domainkey.meridian.press": ["v=DKIM1; p="]}, {"DKIM": WARNING}),
        ({"_dmarc.meridian.press": ["v=DMARC1; p=maybe"]}, {"DMARC": ERROR}),
    ],
)
def test_missing_and_broken_records_are_named(
    records: dict[str, list[str]], expected: dict[str, str]
) -> None:
    assert expected.items() <= states(sending_domain(given(), answering(records))).items()


def test_the_key_that_signs_must_be_the_one_that_is_published() -> None:
    first, second = keys()
    signing = given(DIGEST_DKIM_KEY=first, DIGEST_DKIM_SECOND_KEY=second)
    findings = sending_domain(signing, answering(SOUND))
    told = [each for each in findings if each.subject == "DKIM"]
    assert [each.state for each in told] == [ERROR, ERROR]
    assert "another key" in told[0].what
    records = dict(SOUND)
    for each in told:
        record = each.remedy.partition('"')[2].partition('"')[0]
        records[each.what.partition(" ")[0]] = [record]
    assert states(sending_domain(signing, answering(records)))["DKIM"] == OK
    broken = given(DIGEST_DKIM_KEY="no key")
    assert states(sending_domain(broken, answering(SOUND)))["DKIM"] == ERROR


def test_a_subdomain_goes_by_the_policy_above_it() -> None:
    found = sending_domain(given(DIGEST_FROM_EMAIL="a@mail.meridian.press"), answering(SOUND))
    assert states(found)["DMARC"] == OK


def test_offline_is_said_and_a_placeholder_is_not_asked_for() -> None:
    def offline(name: str) -> list[str]:
        raise dns.NoAnswer("no answer")

    (finding,) = sending_domain(given(), offline)
    assert finding.state == WARNING
    assert "not checked: no answer" in finding.what
    (finding,) = sending_domain(given(DIGEST_FROM_EMAIL="news@meridian.example"), offline)
    assert "placeholder" in finding.what
