"""deploy/ starts what the table of processes lists, and explains every setting."""

import ast
import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from digest.management.commands.up import web_command
from digest.outbound.channels import registry
from workers import processes

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
NAMES = [*(each.name for each in processes.WORKERS), processes.BEAT]
# Set by the files of deploy/ themselves, or for tests and the demo alone.
READERS = {"text", "flag", "number", "share", "seconds", "words", "kept_secret"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    made = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(made, dict)
    return made


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / "systemd" / name).read_text(encoding="utf-8"))
    return parser


def test_compose_starts_every_process_once(compose: dict[str, Any]) -> None:
    commands = {name: each.get("command") for name, each in compose["services"].items()}
    started = {name: words[3] for name, words in commands.items() if words and "workers" in words}
    assert started == {name: name for name in NAMES}


def test_compose_starts_the_parts_pinned_by_major_version(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["postgres"]["image"] == "postgres:18"
    assert services["valkey"]["image"] == "valkey/valkey:9"
    assert services["migrate"]["command"] == ["python", "-m", "digest", "migrate"]


def test_no_process_starts_on_old_tables(compose: dict[str, Any]) -> None:
    for name in [*NAMES, "web"]:
        wanted = compose["services"][name]["depends_on"]["migrate"]["condition"]
        assert wanted == "service_completed_successfully"


def test_containers_run_as_nobody_special_from_the_hashed_lock() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("USER ") and line != "USER root" for line in lines)
    text = "\n".join(lines)
    assert "--require-hashes" in text
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert all(re.fullmatch(r"python:3\.\d+-slim", base) for base in bases)


def test_the_image_holds_what_the_service_needs() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    wanted = {"requirements.txt", "digest", "workers", "templates"}
    assert wanted == set(re.findall(r"^COPY ([a-z.]+) \S", text, re.MULTILINE))
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert {line[1:] for line in ignore if line.startswith("!")} == wanted
    assert all((ROOT / name).exists() for name in wanted)


def test_systemd_wants_every_process() -> None:
    text = (DEPLOY / "systemd" / "digest.target").read_text(encoding="utf-8")
    workers = re.findall(r"digest-worker@(\S+)\.service", text)
    assert workers == [each.name for each in processes.WORKERS]
    assert {"digest-web.service", "digest-beat.service"} <= set(text.replace("=", " ").split())


@pytest.mark.parametrize(
    ("name", "command"),
    [("digest-worker@.service", "workers %i"), ("digest-beat.service", "workers beat")],
)
def test_systemd_starts_processes_by_the_table(name: str, command: str) -> None:
    assert unit(name)["Service"]["ExecStart"].endswith(f"-m {command}")
    assert unit(name)["Unit"]["PartOf"] == "digest.target"


def test_a_worker_may_end_in_peace() -> None:
    from workers import config

    service = unit("digest-worker@.service")["Service"]
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"].rstrip("s")) > config.worker_soft_shutdown_timeout


def test_no_unit_runs_as_root() -> None:
    for path in (DEPLOY / "systemd").glob("*.service"):
        assert unit(path.name)["Service"]["User"] == "digest"


def test_the_web_service_is_the_same_everywhere() -> None:
    docker = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    system = unit("digest-web.service")["Service"]["ExecStart"]
    (started,) = [word for word in web_command("127.0.0.1", 8000) if word.startswith("digest.")]
    assert started == "digest.web.serving"
    assert f'"-m", "{started}"' in docker
    assert f"-m {started} " in system


def settings_read() -> set[str]:
    found = {"DIGEST_HOME", "DIGEST_BIND", "DIGEST_LOG_LEVEL"}
    for name in registry.BUILT_IN:
        found |= {each.name for each in registry.spec(name).settings}
    tree = ast.parse((ROOT / "digest" / "settings.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in READERS
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            found.add(str(node.args[0].value))
    return found


def test_the_example_lists_every_setting_and_no_other() -> None:
    text = (DEPLOY / "env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^#?([A-Z][A-Z_]+)=", text, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == settings_read()


def test_every_setting_of_the_example_is_explained() -> None:
    lines = (DEPLOY / "env.example").read_text(encoding="utf-8").splitlines()
    explained = False
    for line in lines:
        if re.match(r"#?[A-Z][A-Z_]+=", line):
            assert explained or line.startswith(("#DIGEST_ENVIRONMENT", "#DIGEST_WHATSAPP_TOKEN",
                "#DIGEST_WHATSAPP_VERIFY", "#DATABASE_URL", "#REDIS_URL")), line  # fmt: skip
            explained = False
        else:
            explained = line.startswith("# ") or (explained and not line)


def test_the_example_can_be_read_back() -> None:
    from digest.kit import env

    text = (DEPLOY / "env.example").read_text(encoding="utf-8")
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert env.flag("DIGEST_PRODUCTION", env=values)
    assert not env.flag("DIGEST_DEBUG", env=values)
    assert not env.flag("DIGEST_ALLOW_PRIVATE_FETCH", env=values)
    assert env.number("DIGEST_PROXIES", 0, values) == 1


def test_signed_links_stay_out_of_the_proxys_log() -> None:
    from digest.outbound.messages.links import PATHS

    text = (DEPLOY / "nginx" / "digest.conf").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"~(\^/\S+) 0;", text)
    for path in PATHS.values():
        assert bool(re.match(pattern, path)) == ("{token}" in path or "{copy}" in path), path


def test_signed_links_stay_out_of_error_reports_and_of_our_own_log() -> None:
    from digest.kit.observe import scrub, without_tokens
    from digest.outbound.messages.links import PATHS

    for path in PATHS.values():
        link = path.replace("{token}", "q1.ab-C_d").replace("{copy}", "1-2.ab-C_d")
        for told in (scrub(f"Gone: {link}"), without_tokens(f"Gone: {link}")):
            assert "ab-C_d" not in told, path


def locations() -> list[tuple[str, str]]:
    """nginx's locations in its order of trying, with their bodies."""
    text = (DEPLOY / "nginx" / "digest.conf").read_text(encoding="utf-8")
    return re.findall(r"location (\S* ?\S+) \{(.*?)\n    \}", text, re.DOTALL)


def location_of(path: str) -> str:
    """The body of the location that nginx chooses: a pattern first, else the longest prefix."""
    patterns = [(where[2:], body) for where, body in locations() if where.startswith("~ ")]
    for pattern, body in patterns:
        if re.search(pattern, path):
            return body
    plain = [
        pair for pair in locations() if not pair[0].startswith("~") and path.startswith(pair[0])
    ]
    return max(plain, key=lambda pair: len(pair[0]))[1]


@pytest.mark.parametrize("path", ["/subscribe", "/desk/", "/hooks/whatsapp", "/hooks/mail/ses",
                                  "/hooks/websub/token", "/archive",
                                  "/desk/imports/"])  # fmt: skip
def test_the_proxy_takes_bodies_as_large_as_the_service(path: str) -> None:
    from digest.web.serving.traffic import longest_body

    text = (DEPLOY / "nginx" / "digest.conf").read_text(encoding="utf-8")
    (general,) = re.findall(r"^    client_max_body_size (\d+)m;", text, re.MULTILINE)
    own = re.findall(r"client_max_body_size (\d+)m;", location_of(path)) or [general]
    assert int(own[0]) * 1024 * 1024 == longest_body(path)


@pytest.mark.parametrize(
    ("path", "zone"),
    [
        ("/desk/sign-in", "digest_doors"),
        ("/desk/sign-in/elsewhere", "digest_doors"),
        ("/desk/sign-in/back", "digest_doors"),
        ("/desk/password", "digest_doors"),
        ("/desk/second/asked", "digest_doors"),
        ("/desk/choose-password/1-abc", "digest_doors"),
        ("/admin/login/", "digest_doors"),
        ("/subscribe", "digest_forms"),
        ("/embed", "digest_forms"),
        ("/push/subscribe", "digest_forms"),
        ("/preferences/token", "digest_forms"),
        ("/hooks/whatsapp", "digest_hooks"),
        ("/health", "digest_probes"),
        ("/metrics", "digest_probes"),
        ("/", "digest_pages"),
    ],
)
def test_the_proxy_bounds_every_door(path: str, zone: str) -> None:
    assert f"limit_req zone={zone} " in location_of(path)


@pytest.mark.parametrize(
    ("address", "network"),
    [("198.51.100.7", "198.51.100.7"), ("2001:db8:7:8:9::1", "2001:db8:7:8"),
     ("2001:db8:7:8:1:2:3:4", "2001:db8:7:8"), ("2001:db8::1", "2001:db8")],
)  # fmt: skip
def test_the_proxy_counts_a_household_as_one(address: str, network: str) -> None:
    text = (DEPLOY / "nginx" / "digest.conf").read_text(encoding="utf-8")
    block = text[text.index("map $remote_addr $digest_network") :]
    for pattern in re.findall(r'"~(\S+)" \$', block[: block.index("}\n")]):
        if found := re.match(pattern.replace("(?<", "(?P<"), address):
            assert found[1] == network
            return
    assert address == network


def test_no_registry_is_named() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.name.startswith(("Dockerfile", "compose")):
            for image in re.findall(r"(?:FROM|image:) (\S+)", path.read_text(encoding="utf-8")):
                assert "." not in image.split("/")[0].split(":")[0], image
