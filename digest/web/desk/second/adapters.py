"""What allauth asks of us: who is let in and how, and how a second factor's secret is kept.

allauth does the second factor (TOTP, RFC 6238; WebAuthn; recovery codes). The first one, the page
for it, the limiter and the record of who came in stay ours, so that there is one door.
"""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from digest.staff.access import needs_second_factor
from digest.staff.members import Member
from digest.staff.second_factor import is_last_factor
from digest.web.public.visitor import ip_of

_SAID = {
    "mfa/messages/totp_activated.txt": "The authenticator app is asked from now on.",
    "mfa/messages/totp_deactivated.txt": "The authenticator app is asked no longer.",
    "mfa/messages/recovery_codes_generated.txt": "New codes are made; the old ones are void.",
    "mfa/messages/webauthn_added.txt": "The key is added.",
    "mfa/messages/webauthn_removed.txt": "The key is removed.",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The newsroom's members, who are made by invitation alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes themself a member."""
        return False

    def login(self, request: HttpRequest, user: Member) -> None:
        """Begin the session as the door does."""
        from digest.web.desk.signing_in import let_in

        let_in(request, user)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor, behind the proxies that we believe."""
        return ip_of(request) or ""

    def respond_user_inactive(self, request: HttpRequest, user: Member) -> HttpResponse:
        """Who was ended is told no more than a stranger."""
        return HttpResponseRedirect(reverse("desk:sign-in"))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say it in the desk's own words, or not at all."""
        said = message or _SAID.get(message_template or "", "")
        if said:
            messages.add_message(request, level, said, extra_tags=extra_tags)

    def send_notification_mail(self, *given: Any, **named: Any) -> None:
        """Nothing: the audit trail tells, and a member's own page."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are encrypted under the installation's key; who must have a factor keeps one."""

    def encrypt(self, text: str) -> str:
        """``text`` for the database: who reads a copy of it cannot make codes."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What :meth:`encrypt` was given."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """The newsroom, as it stands in the app's list."""
        return str(settings.DIGEST_NEWSROOM)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of a member whose role demands one."""
        demanded = needs_second_factor(authenticator.user.role, settings.DIGEST_SECOND_FACTOR)
        return not (demanded and is_last_factor(authenticator))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site's own name: a key made here works nowhere else."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": str(settings.DIGEST_NEWSROOM)}


def _cipher() -> Fernet:
    secret = hashlib.sha256(f"second factor:{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))
