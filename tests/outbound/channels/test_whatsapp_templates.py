"""WhatsApp goes by what Meta has said of a template last, and by nothing it only announces."""

from typing import Any

import pytest

from digest.outbound.channels.base import Receipt, Rejected
from digest.outbound.channels.whatsapp.channel import WhatsApp
from digest.outbound.channels.whatsapp.templates import learned, standing
from tests.fakes.whatsapp import CloudApi
from tests.outbound.channels.test_whatsapp_channel import (
    Journal,
    against,
    one,
    refusal,
    send_one,
)

NAME = one().words.fields["template"]
OF = {"message_template_name": NAME, "message_template_language": "en", "message_template_id": 1}


def category(**told: str) -> Any:
    return learned("template_category_update", OF | told)


def test_a_category_counts_once_the_change_has_happened() -> None:
    announced = category(new_category="UTILITY", correct_category="MARKETING")
    assert announced is None
    done = category(previous_category="UTILITY", new_category="MARKETING")
    assert done == (f"category:{NAME}:en", {"category": "MARKETING"})
    assert standing(dict([done]), NAME, "en").category == "MARKETING"


def test_what_nobody_has_judged_is_what_it_was_submitted_as() -> None:
    assert standing({}, NAME, "en").category == "MARKETING"
    assert standing({}, "confirm", "en").category == "UTILITY"


@pytest.mark.parametrize(
    ("event", "stopped"),
    [
        ("APPROVED", False), ("REINSTATED", False), ("FLAGGED", False), ("UNARCHIVED", False),
        ("PENDING", False), ("IN_APPEAL", False), ("LIMIT_EXCEEDED", False),
        ("PAUSED", True), ("DISABLED", True), ("REJECTED", True), ("DELETED", True),
        ("PENDING_DELETION", True), ("ARCHIVED", True), ("LOCKED", True),
    ],
)  # fmt: skip
def test_each_event_of_a_template_says_whether_it_can_be_sent(event: str, stopped: bool) -> None:
    fact = learned("message_template_status_update", OF | {"event": event, "reason": "NONE"})
    assert fact is not None
    assert bool(standing(dict([fact]), NAME, "en").stopped) == stopped


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("account_update", {"event": "BAN"}),
        ("message_template_status_update", {}),
        ("message_template_status_update", {"event": "PAUSED"}),
        ("message_template_status_update", OF),
        ("message_template_status_update", OF | {"event": ["PAUSED"]}),
        ("message_template_status_update", OF | {"message_template_name": {}, "event": "PAUSED"}),
        ("template_category_update", OF | {"previous_category": "UTILITY"}),
        ("message_template_quality_update", OF | {"previous_quality_score": "RED"}),
    ],
)
def test_what_says_nothing_is_learned_from_nothing(kind: str, value: dict[str, Any]) -> None:
    assert learned(kind, value) is None


def test_marketing_goes_by_its_own_way_once_its_terms_are_accepted() -> None:
    api = CloudApi(marketing={NAME})
    receipt = against(api, send_one, has_marketing_terms=True)
    assert isinstance(receipt, Receipt) and receipt.provider_id.startswith("wamid.")
    assert "biz_opaque_callback_data" not in api.taken[0]["request"]
    assert api.requests == 1


def test_what_meta_calls_utility_goes_the_common_way() -> None:
    async def scenario(channel: WhatsApp, journal: Journal) -> Receipt:
        channel.learn({f"category:{NAME}:en": {"category": "UTILITY"}})
        return await channel.send(one(), journal)

    api = CloudApi(marketing=set())
    assert isinstance(against(api, scenario, has_marketing_terms=True), Receipt)
    assert api.taken[0]["request"]["biz_opaque_callback_data"] == "7-11"


def test_without_the_terms_nothing_goes_that_way_and_meta_s_refusal_holds_the_send() -> None:
    refused = refusal(CloudApi(marketing={NAME}))
    assert (refused.code, refused.scope) == (131063, "channel")
    api = CloudApi()
    assert isinstance(against(api, send_one), Receipt)


def test_a_template_that_became_marketing_unheard_of_is_sent_the_other_way_at_once() -> None:
    async def scenario(channel: WhatsApp, journal: Journal) -> Receipt:
        channel.learn({f"category:{NAME}:en": {"category": "UTILITY"}})
        return await channel.send(one(), journal)

    api = CloudApi(marketing={NAME})
    assert isinstance(against(api, scenario, has_marketing_terms=True), Receipt)
    assert (api.requests, len(api.taken)) == (2, 1)


def test_a_paused_template_is_not_tried_and_the_send_says_why() -> None:
    async def scenario(channel: WhatsApp, journal: Journal) -> Rejected:
        channel.learn({f"status:{NAME}:en": {"status": "PAUSED", "reason": "LOW_QUALITY"}})
        with pytest.raises(Rejected) as refused:
            await channel.send(one(), journal)
        assert journal.seen == []
        return refused.value

    api = CloudApi()
    refused = against(api, scenario)
    assert refused.scope == "channel" and not refused.permanent
    assert NAME in str(refused) and "LOW_QUALITY" in str(refused)
    assert api.requests == 0
