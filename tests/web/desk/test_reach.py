"""What an editor reads of an alert's reach before it goes."""

from dataclasses import replace

import pytest

from digest.outbound.channels import registry
from digest.web.desk import reach
from digest.web.desk.reach import Reach, called_back

BOTH = Reach((("email", 84), ("whatsapp", 12)))


def test_what_cannot_be_called_back_is_said_so() -> None:
    assert called_back(BOTH).startswith("It cannot be called back: a correction or a withdrawal")


def test_a_channel_that_withdraws_is_told_from_those_that_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    email, whatsapp = registry.usable(("email", "whatsapp"))

    def withdrawing(*specs: object) -> None:
        monkeypatch.setattr(reach.registry, "usable", lambda names: specs)

    withdrawing(email, replace(whatsapp, withdraws=True))
    assert called_back(BOTH).startswith("A withdrawal removes it on WhatsApp, but not from memory.")
    assert "By email it cannot be called back:" in called_back(BOTH)
    withdrawing(replace(email, withdraws=True), replace(whatsapp, withdraws=True))
    assert called_back(BOTH) == (
        "A withdrawal removes it on Email and WhatsApp, but not from memory."
    )
