"""Forms of passkeys and security keys: what is none is refused, whatever its shape.

A stranger may post anything to the door. allauth and fido2 raise what Python raises when text
stands in the place of an object, and say that a credential is wrong for what they looked for alone.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
)
from django import forms

from digest.audience.core.cells import storable
from digest.kit.observe import log

_LONGEST, _LONGEST_NAME = 16_000, 100
_BROKEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@contextmanager
def _sound() -> Iterator[None]:
    """Say of what breaks on its way what is said of any wrong credential."""
    try:
        yield
    except _BROKEN as error:
        log.info("a credential that is none", reason=type(error).__name__)
        raise get_adapter().validation_error("incorrect_code") from error


class Credential(forms.JSONField):
    """One JSON object, as browsers write them: short, and text that can be stored."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        """The object. Raises ValidationError for anything else."""
        with _sound():
            told = super().to_python(value[:_LONGEST] if isinstance(value, str) else value)
            if not isinstance(told, dict):
                raise TypeError
            written = json.dumps(told, ensure_ascii=False)
            if not storable(written) or "\\u0000" in written:
                raise ValueError
        return told


class ShownKey(AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A key shown after the password."""

    credential = Credential()

    def clean_credential(self) -> Authenticator:
        """Whose it is."""
        with _sound():
            return super().clean_credential()


class DoorKey(LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey shown in the place of everything else."""

    credential = Credential()

    def clean_credential(self) -> Authenticator:
        """Whose it is."""
        with _sound():
            return super().clean_credential()


class NewKey(AddWebAuthnForm):  # type: ignore[misc]
    """A key that was just made."""

    name = forms.CharField(required=False, max_length=_LONGEST_NAME)
    credential = Credential()

    def clean(self) -> dict[str, Any]:
        """It answers the challenge of this session."""
        with _sound():
            found: dict[str, Any] = super().clean()
        return found
