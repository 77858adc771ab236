"""In production nothing starts on a wrong setting; what must start does; secrets stay unseen."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory

from digest.kit import env, observe, secrecy
from digest.kit.doctor.finding import warning
from digest.management.examination.blotting import presentable
from digest.management.examination.starting import refuse_wrong_settings
from digest.web.debug_page import BlottingReporter
from tests.deadlines import patience
from tests.management.test_doctor import given
from workers import processes

ROOT = Path(__file__).resolve().parents[2]
SOUND = {
    "DIGEST_PRODUCTION": "1",
    "DIGEST_SECRET_KEY": "s" * 50,
    "DIGEST_BASE_URL": "https://news.meridian.press",
    "DIGEST_FROM_EMAIL": "news@meridian.press",
    "DIGEST_CHANNELS": "email",
    "DIGEST_DEBUG": "0",
}
ASGI, WORKER = "import digest.asgi", "import workers.app"


def start(home: Path, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """A process of its own in production, with a home of its own."""
    home.chmod(0o755)
    environment = {**os.environ, **SOUND, **changes, "DIGEST_HOME": str(home / "home")}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value != "unset"},
        capture_output=True,
        text=True,
        timeout=patience(60),
        check=False,
    )


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"DEBUG": True}, "debug"),
        ({"DIGEST_SECRET_GIVEN": False}, "secret key"),
        ({"SECRET_KEY": "short"}, "secret key"),
        ({"DIGEST_BASE_URL": "http://news.meridian.press"}, "base URL"),
        ({"DIGEST_CHANNELS": ["pigeon"]}, "channels"),
        ({"DIGEST_PACE": ["email=fast"]}, "pace"),
        ({"DIGEST_WARM_UP": "slowly"}, "pace"),
        ({"DIGEST_SMTP_URL": "gopher://relay"}, "relay"),
        ({"DIGEST_FROM_EMAIL": "news@meridian.example"}, "DNS"),
        ({"DIGEST_DKIM_KEY": "no key"}, "DKIM"),
        ({"DIGEST_WHATSAPP_TOKEN": ""}, "WhatsApp"),
        ({"DIGEST_WHATSAPP_URL": "http://graph.example"}, "WhatsApp"),
    ],
)
def test_each_setting_that_the_doctor_calls_wrong_keeps_production_from_starting(
    changes: dict[str, Any], subject: str
) -> None:
    with pytest.raises(env.Misconfigured, match=subject):
        refuse_wrong_settings(given(**changes))
    refuse_wrong_settings(given(**changes, DIGEST_PRODUCTION=False))
    refuse_wrong_settings(given())


@pytest.mark.slow
@pytest.mark.parametrize("entry", [ASGI, WORKER])
@pytest.mark.parametrize("wrong", [{"DIGEST_DEBUG": "1"}, {"DIGEST_SECRET_KEY": "unset"}])
def test_web_and_workers_refuse_and_write_no_key_of_their_own(
    tmp_path: Path, entry: str, wrong: dict[str, str]
) -> None:
    ended = start(tmp_path, "-c", entry, **wrong)
    assert ended.returncode != 0
    assert "In production nothing starts on wrong settings" in ended.stderr
    assert not (tmp_path / "home" / "digest_secret_key.txt").exists()


@pytest.mark.slow
@pytest.mark.parametrize("entry", [ASGI, WORKER])
def test_sound_settings_start_with_the_relay_down_and_dns_away(tmp_path: Path, entry: str) -> None:
    ended = start(tmp_path, "-c", entry, DIGEST_SMTP_URL="smtp://127.0.0.1:9")
    assert ended.returncode == 0, ended.stderr


@pytest.mark.slow
def test_doctor_migrate_and_the_controls_start_whatever_is_wrong(
    tmp_path: Path, transactional_db: None
) -> None:
    wrong = {"DIGEST_DEBUG": "1", "DIGEST_SECRET_KEY": "unset", "DIGEST_SOFT_BOUNCES": "many"}
    assert start(tmp_path, "-m", "digest", "editions", "list", **wrong).returncode == 2
    told = start(tmp_path, "-m", "digest", "doctor", "--json", **wrong)
    found = json.loads(told.stdout.splitlines()[-1])
    errors = [each for each in found["findings"] if each["state"] == "error"]
    assert {"debug", "secret key", "settings"} <= {each["subject"] for each in errors}
    assert any("DIGEST_SOFT_BOUNCES" in each["what"] for each in errors)
    assert start(tmp_path, "-m", "digest", "migrate", **wrong).returncode == 0
    for verb in ("pause", "cancel"):
        ended = start(tmp_path, "-m", "digest", "sends", verb, "123", **wrong)
        assert "123" in ended.stderr
        assert "production" not in ended.stderr


SECRETS = {
    "REDIS_URL": "redis://:hush%2Fhush-redis@127.0.0.1:6379/0",
    "DIGEST_SMTP_URL": "smtp://me:hush-smtp@one.example smtps://you:hush<two>@two.example",
    "DATABASE_URL": "postgresql://digest:hush-pg@db/digest?sslpassword=hush-ssl",
    "DIGEST_WHATSAPP_TOKEN": "hush-token",
    "SENTRY_DSN": "https://hush-public:hush-dsn@sentry.example/1",
}
HUSHED = ("hush%2Fhush", "hush/hush", "hush-smtp", "hush<two>", "hush&lt;two", "hush-pg",
          "hush-ssl", "hush-token", "hush-dsn")  # fmt: skip


@pytest.fixture
def secret(settings: Any) -> None:
    for name, value in SECRETS.items():
        setattr(settings, name, value)


def test_the_debug_page_shows_no_secret(secret: None, settings: Any) -> None:
    settings.DEBUG = True

    def broken(url: str, token: str) -> None:
        raise RuntimeError(f"cannot reach {url}")

    kept = {"all": list(SECRETS.values())}
    try:
        broken(SECRETS["REDIS_URL"], SECRETS["DIGEST_WHATSAPP_TOKEN"])
    except RuntimeError:
        reporter = BlottingReporter(RequestFactory().get("/"), *sys.exc_info())
        for page in (reporter.get_traceback_html(), reporter.get_traceback_text()):
            assert "RuntimeError" in page
            assert [word for word in HUSHED if word in page] == []
    assert len(kept["all"]) == len(SECRETS)


def test_findings_logs_and_reports_show_no_secret(
    secret: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in SECRETS.values():
        (shown,) = presentable([warning("x", f"cannot read {value}", f"write {value}")])
        line = logging.LogRecord("x", 30, "", 1, f"lost {value}", None, None).getMessage()
        event = observe._blot(None, "warning", {"event": line, "count": 1})
        for text in (shown.what, shown.remedy):
            assert [word for word in HUSHED if word in text] == []
        if "://" in value:
            assert [word for word in HUSHED if word in event["event"]] == []
            assert [word for word in HUSHED if word in observe.scrub(line)] == []


def test_what_is_no_secret_stays() -> None:
    text = "https://news.example/a?page=2 redis://127.0.0.1:6379/0 postgresql://me@db/x 12:30@x"
    assert secrecy.in_urls(text) == text
    assert secrecy.of_settings({"DIGEST_BASE_URL": "https://a:bcdef@x", "DEBUG": True}) == set()


_SECURE = """
import django
django.setup()
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory
page = SecurityMiddleware(lambda request: HttpResponse())
for proto in ("https", "http"):
    asked = RequestFactory().get("/", HTTP_X_FORWARDED_PROTO=proto, HTTP_HOST="news.meridian.press")
    print(page(asked).headers.get("Strict-Transport-Security", "none"))
"""


def test_browsers_are_told_to_stay_on_https_by_the_service_itself_in_production_alone(
    tmp_path: Path,
) -> None:
    django = {"DJANGO_SETTINGS_MODULE": "digest.settings"}
    told = start(tmp_path, "-c", _SECURE, **django)
    # RFC 6797, 7.2: never over plain HTTP.
    assert told.stdout.split("\n")[:2] == ["max-age=31536000", "none"], told.stderr
    at_home = start(tmp_path, "-c", _SECURE, DIGEST_PRODUCTION="0", **django)
    assert at_home.stdout.split("\n")[:2] == ["none", "none"], at_home.stderr


def test_the_web_service_gives_way_to_senders_once_it_has_loaded() -> None:
    code = (
        "import os, digest.web.serving.threaded as threaded;"
        "whole = threaded.ThreadedDjango;"
        "threaded.ThreadedDjango = lambda: print(os.nice(0)) or whole();"
        "import digest.asgi; print(os.nice(0))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"DIGEST_PROCESS": "web", "DJANGO_SETTINGS_MODULE": "digest.settings"},
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    loading, then = map(int, said.stdout.split())
    digests = next(each for each in processes.WORKERS if each.name == "digests")
    assert loading == os.nice(0)
    assert os.nice(0) < then < os.nice(0) + digests.niceness
