"""SendGrid's batches: what is taken out of one."""

from typing import Any

import pytest

from digest.outbound.channels.email.reports import sendgrid


def event(kind: str, at: int) -> dict[str, Any]:
    return {"sg_event_id": f"{kind}{at}", "event": kind, "email": "ann@elsewhere.example"}


@pytest.mark.parametrize("noise", ["processed", "open", "delivered"])
def test_a_complaint_at_the_end_of_a_long_batch_is_taken(noise: str) -> None:
    batch = [*(event(noise, at) for at in range(1_400)), event("spamreport", 0)]
    assert sendgrid.events(batch)[-1].event_id == "spamreport0"


@pytest.mark.parametrize("document", [None, {}, "x", [None, 3, "x", [], {}], [{"event": ["x"]}]])
def test_what_is_no_batch_holds_nothing(document: Any) -> None:
    assert sendgrid.events(document) == ()
