"""What is reported holds nobody's address, number or token, and is otherwise left alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.provisional import domains

from digest.audience.core.tokens import unsubscribe_token
from digest.kit.observe import scrub

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 <anna.kim@readers.example> unknown", "550 <[address]> unknown"),
        ('to "Kim, Anna" <anna+news@a-b.co.kr>.', 'to "Kim, Anna" <[address]>.'),
        ('MAIL FROM:<"anna kim"@readers.example>', "MAIL FROM:<[address]>"),
        ("почта@пример.рф не найден", "[address] не найден"),
        ("to b+7=19.ab3f=anna@bounce.example", "to [address]"),
        ("rcpt 'o'neill@readers.example'", "rcpt [address]'"),
        ("call +65 8123 4567 now", "call [phone] now"),
        ("+1 (212) 555-0100", "[phone]"),
        ("recipient 6581234567 not allowed", "recipient [phone] not allowed"),
        ("wamid.HBgKNjU4MTIzNDU2NxUCABEYEjQ=", "[phone]"),
        ("GET /unsubscribe/7.ab-C_d?x=1", "GET /unsubscribe/…?x=1"),
        ("GET /keep/q1.ab-C_d", "GET /keep/…"),
        ("GET /go/1-2.ab/0Xy/C_d?to=https://n.example/a now", "GET /go/… now"),
        ("POST /desk/choose-password/7-ab.Cd", "POST /desk/choose-password/…"),
        ("https://n.example/confirm/9.Zz/", "https://n.example/confirm/…/"),
        ("/preferences/abc.def failed", "/preferences/… failed"),
        ("/preferences/{token}", "/preferences/{token}"),
    ],
)
def test_personal_data_is_blotted_out(said: str, kept: str) -> None:
    assert scrub(said) == kept


@pytest.mark.parametrize(
    "plain",
    [
        "send 4711 took 12.5 s at 2026-11-23T10:00:00Z",
        "dc7088cf0f7c46c28d8d1f95707adea0",
        "1763899500.123456 and 10.0.0.1:6379",
        "@media (max-width: 600px)",
        "from celery@worker-1",
        "digest/kit/observe.py in scrub at line 48",
    ],
)
def test_what_helps_to_find_the_fault_stays(plain: str) -> None:
    assert scrub(plain) == plain


def test_every_depth_is_looked_through_and_the_shape_stays() -> None:
    event = {
        "a@b.example": [{"x": ("mail a@b.example", 7, None, True)}],
        "extra": {"deep": [["+6581234567"]]},
    }
    assert scrub(event) == {
        "[address]": [{"x": ["mail [address]", 7, None, True]}],
        "extra": {"deep": [["[phone]"]]},
    }


local_parts = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,30}", fullmatch=True)


@given(local_parts, domains(), st.sampled_from([" ", "<", "\n", '"', "("]))
def test_no_address_comes_through(local: str, domain: str, before: str) -> None:
    assert f"{local}@{domain}" not in scrub(f"x{before}{local}@{domain} y")


@given(st.integers(1, 2**40), st.text(min_size=1, max_size=20))
def test_no_readers_token_comes_through(subscription: int, key: str) -> None:
    token = unsubscribe_token(key, subscription)
    assert token not in scrub(f"https://news.example/unsubscribe/{token}: gone")


@given(st.text())
def test_scrubbing_twice_changes_nothing(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)


def test_a_log_record_is_one_line_of_json_whatever_it_holds(tmp_path: Path) -> None:
    script = (
        "import django; django.setup()\n"
        "from digest.kit import observe\n"
        "observe.start('command'); observe.start('command')\n"
        "observe.log.warning('said', words='one\\ntwo\\x1b[31m')\n"
        "import logging; logging.getLogger('other').error('an\\nother')\n"
        "logging.getLogger('django.request').error('Broken: %s', '/preferences/q1.ab-C_d')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            "DJANGO_SETTINGS_MODULE": "digest.settings",
            "DIGEST_HOME": str(tmp_path),
            "DIGEST_SECRET_KEY": "x",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    first, second, third = map(json.loads, run.stderr.splitlines())
    assert (first["event"], first["words"], first["level"]) == (
        "said",
        "one\ntwo\x1b[31m",
        "warning",
    )
    assert (second["event"], second["logger"]) == ("an\nother", "other")
    assert third["event"] == "Broken: /preferences/…"
