"""A small newsroom to subscribe to, and readers in one line."""

from datetime import UTC, datetime

import pytest
from django.conf import settings

from digest.audience.core import tokens
from digest.audience.joining.confirm import confirm
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.models import Address, Letter, Newsletter, Topic
from digest.outbound.channels import registry

# As the commands hand them to the steps.
KINDS = registry.address_kinds()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Newsroom:
    """Two topics and a newsletter, by slug; and readers who have confirmed."""

    def __init__(self) -> None:
        self.korea = Topic.objects.create(
            slug="korea", name="Korean peninsula relations", query="korea"
        )
        self.trade = Topic.objects.create(slug="trade", name="Trade and shipping", query="trade")
        self.closed = Topic.objects.create(slug="old", name="Old", query="old", is_open=False)
        self.morning = Newsletter.objects.create(slug="morning", name="Morning briefing")

    def reader(self, address: str = "ann@example.org", now: datetime = NOW, **wish) -> Address:
        """A reader who signed up for ``wish`` (default: the topic korea) and confirmed."""
        wish = wish or {"topics": ("korea",)}
        signed = subscribe(SignUp("email", address, **wish), now=now)
        confirm(confirm_link(signed.address_id), now=now)
        return Address.objects.get(pk=signed.address_id)


def confirm_link(address_id: int) -> str:
    """The token of the address's latest letter that asks to confirm."""
    letter = Letter.objects.filter(address_id=address_id, kind="confirm").latest("pk")
    return tokens.confirm_token(settings.SECRET_KEY, letter.pk)


@pytest.fixture
def newsroom(db) -> Newsroom:
    return Newsroom()
