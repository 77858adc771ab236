"""A provider of sign-ins on loopback, and a member who may come by it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from digest.kit import valkey
from digest.models import Member
from digest.outbound.channels.stand_in_server import serve
from digest.staff.access import Role
from digest.staff.single import discovery
from tests.fakes.identity_provider import CLIENT, SECRET, IdentityProvider
from tests.fakes.in_thread import in_thread
from tests.web import desk_day
from tests.web.desk.second.by_provider import BACK, BASE


@pytest.fixture
def idp(settings: Any) -> Iterator[IdentityProvider]:
    for name in valkey.client().scan_iter("sign-in:*"):
        valkey.client().delete(name)
    cache.clear()
    settings.DIGEST_BASE_URL = BASE
    with in_thread(IdentityProvider(back=BACK), serve) as made:
        settings.DIGEST_OIDC_ISSUER = made.issuer
        settings.DIGEST_OIDC_CLIENT_ID, settings.DIGEST_OIDC_CLIENT_SECRET = CLIENT, SECRET
        settings.DIGEST_OIDC_NAME = "Newsroom account"
        settings.DIGEST_OIDC_SECOND_FACTOR = []
        settings.DIGEST_OIDC_NEW_MEMBERS, settings.DIGEST_OIDC_DOMAINS = "", []
        discovery._document.cache_clear()
        yield made


@pytest.fixture
def ann() -> Member:
    return desk_day.member("Ann Ito", Role.EDITOR)
