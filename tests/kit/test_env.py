"""Settings are read once, typed, and a mistake says what to write instead."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.kit import env


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("from a file\n")
    assert env.text("KEY", env={"KEY_FILE": str(path)}) == "from a file"
    assert env.text("KEY", env={"KEY_FILE": str(path), "KEY": "given"}) == "given"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(env.Misconfigured, match=r"KEY_FILE .*nowhere"):
        env.text("KEY", env={"KEY_FILE": str(tmp_path / "nowhere")})


@pytest.mark.parametrize("value", ["1", "true", "YES", " on "])
def test_yes(value: str) -> None:
    assert env.flag("F", env={"F": value})


@pytest.mark.parametrize("value", ["0", "False", "no", "OFF"])
def test_no(value: str) -> None:
    assert not env.flag("F", True, {"F": value})


@pytest.mark.parametrize("default", [True, False])
def test_an_empty_flag_is_the_default(default: bool) -> None:
    assert env.flag("F", default, {}) is default
    assert env.flag("F", default, {"F": ""}) is default


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (env.flag, "maybe"),
        (lambda name, env_: env.number(name, 1, env_), "-3"),
        (lambda name, env_: env.number(name, 1, env_), "4.5"),
        (lambda name, env_: env.seconds(name, 1, env_), "soon"),
    ],
)
def test_a_mistake_names_the_variable(reader: object, value: str) -> None:
    with pytest.raises(env.Misconfigured, match=f"LIMIT is '{value}'; write"):
        if reader is env.flag:
            env.flag("LIMIT", env={"LIMIT": value})
        else:
            reader("LIMIT", {"LIMIT": value})  # type: ignore[operator]


@given(st.integers(0, 10**12))
def test_whole_numbers_come_back(value: int) -> None:
    assert env.number("N", 7, {"N": f" {value} "}) == value


def test_seconds_may_be_parts() -> None:
    assert env.seconds("S", 1, {"S": "0.25"}) == timedelta(milliseconds=250)
    assert env.seconds("S", 20, {}) == timedelta(seconds=20)


@given(st.lists(st.from_regex(r"[a-z@.*]{1,8}", fullmatch=True)))
def test_lists_forgive_spaces_and_stray_commas(words: list[str]) -> None:
    assert env.words("W", env={"W": " , ".join(["", *words, ""])}) == words


def test_a_kept_secret_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    made = env.kept_secret("DIGEST_SECRET_KEY", folder, {})
    assert len(made) >= 50
    assert env.kept_secret("DIGEST_SECRET_KEY", folder, {}) == made
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert env.kept_secret("DIGEST_SECRET_KEY", folder, {"DIGEST_SECRET_KEY": "mine"}) == "mine"


def test_the_data_folder_is_the_one_given(tmp_path: Path) -> None:
    assert env.home({"DIGEST_HOME": str(tmp_path)}) == tmp_path.resolve()


def test_as_root_the_data_stays_out_of_private_homes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    checkout = env.home({})
    assert checkout.parent == Path("/var/lib/digest")
    monkeypatch.setattr(env, "in_checkout", lambda: False)
    assert env.home({}) == Path("/var/lib/digest/service")


def test_two_checkouts_of_one_name_do_not_share_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(env, "in_checkout", lambda: True)
    homes = set()
    for place in ("/srv/a/digest", "/srv/b/digest"):
        monkeypatch.setattr(env, "CHECKOUT", Path(place))
        homes.add(env.home({}))
    assert len(homes) == 2


def test_without_root_a_checkout_keeps_its_data_and_a_wheel_uses_the_users_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(env, "in_checkout", lambda: True)
    assert env.home({}) == env.CHECKOUT / "var"
    monkeypatch.setattr(env, "in_checkout", lambda: False)
    assert env.home({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "digest"


def test_a_database_url_becomes_djangos_settings() -> None:
    found = env.database("postgresql://an%40na:p%2Fw@db.example:5433/news?sslmode=require")
    assert (found["USER"], found["PASSWORD"]) == ("an@na", "p/w")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "5433", "news")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert int(found["OPTIONS"]["connect_timeout"]) <= 10


def test_a_socket_folder_stands_in_the_query() -> None:
    found = env.database("postgresql://postgres:@/digest?host=/var/lib/digest/postgres")
    assert found["HOST"] == "/var/lib/digest/postgres"
    assert "host" not in found["OPTIONS"]


def test_another_database_is_refused_and_none_says_how_to_get_one() -> None:
    with pytest.raises(env.Misconfigured, match="postgresql://"):
        env.database("mysql://localhost/digest")
    assert "DATABASE_URL" in env.database("")["HOST"]
