"""Where nobody may be reached each channel gets its stand-in, and the operator's own stays."""

from pathlib import Path

import pytest
from django.conf import settings

from digest.management import stand_ins
from digest.management.commands import up
from digest.outbound.channels import registry
from digest.outbound.channels.stand_in import StandInPlace

URL = "http://127.0.0.1:8000"
BOTH = ("email", "whatsapp")


def test_every_channel_of_ours_has_a_stand_in_that_sets_settings_of_its_own(tmp_path: Path) -> None:
    shown = stand_ins.shown(registry.BUILT_IN, tmp_path)
    assert [each.spec.name for each in shown] == list(registry.BUILT_IN)
    place = StandInPlace(1, tmp_path, f"{URL}/hooks/x")
    for each in shown:
        declared = {setting.name for setting in each.spec.settings}
        assert each.stand_in.settings(place).keys() <= declared
        assert each.stand_in.taken(tmp_path / "none", 10).newest == ()
        assert list(each.stand_in.texts(tmp_path / "none")) == []


def test_each_has_a_port_and_a_folder_and_reports_to_its_own_hook(tmp_path: Path) -> None:
    mail, chat = stand_ins.place_all(BOTH, tmp_path, first_port=18_400, base_url=URL, env={})
    assert mail.place.port < chat.place.port
    assert mail.place.folder.is_dir() and chat.place.folder.is_dir()
    child = chat.child()
    assert child is not None
    assert f"{URL}/hooks/whatsapp" in child.command
    found = stand_ins.settings_of((mail, chat))
    assert found["DIGEST_SMTP_URL"] == f"smtp://127.0.0.1:{mail.place.port}"
    assert found["DIGEST_WHATSAPP_URL"] == f"http://127.0.0.1:{chat.place.port}/v23.0"


@pytest.mark.parametrize("name", ["DIGEST_WHATSAPP_TOKEN", "DIGEST_WHATSAPP_TOKEN_FILE"])
def test_what_the_operator_leads_elsewhere_is_left_alone_and_not_everybody_is_allowed(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DIGEST_CHANNELS", list(BOTH))
    env = {name: "the real one"}
    placed = stand_ins.place_all(BOTH, tmp_path, first_port=18_400, base_url=URL, env=env)
    assert [each.shown.spec.name for each in placed] == ["email"]
    assert stand_ins.without(BOTH, placed) == ["whatsapp"]
    common: dict[str, str] = {}
    up.local_mailbox(placed, common)
    assert "DIGEST_ALLOWED_RECIPIENTS" not in common
    placed = stand_ins.place_all(BOTH, tmp_path, first_port=18_400, base_url=URL, env={})
    _, port = up.local_mailbox(placed, common)
    assert common["DIGEST_ALLOWED_RECIPIENTS"] == "*"
    # What is looked for afterwards begins behind it: nobody listens at any of them yet.
    assert port > max(each.place.port for each in placed)
