"""The second factor's pages, whose URL table is another one: without a factor, and with each."""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from playwright.sync_api import Page

from digest.models import Member
from tests.web import desk_day
from tests.web.desk.second.passkey import PassKey

PASSWORD = "/desk/second/password"
BARE = {
    "mfa_index": "/desk/second/",
    "mfa_activate_totp": "/desk/second/app",
    "mfa_add_webauthn": "/desk/second/keys/add",
    "account_reauthenticate": PASSWORD,
}
"""The pages of who has none yet, by the name of their URL."""
NO_PAGES = {"mfa_authenticate", "mfa_login_webauthn", "mfa_list_webauthn", "account_login"}
"""At the door, after the password; what a script asks for; other names of pages."""


def show_password(page: Page) -> None:
    """On the page that asks for it once more, before the way one signs in is changed."""
    page.get_by_label("Password").fill(desk_day.PASSWORD)
    page.get_by_role("button", name="Go on").click()


def with_factors(member: Member) -> dict[str, str]:
    """Give the member an app, codes and a key: the pages of who has them."""
    TOTP.activate(member, generate_totp_secret())
    RecoveryCodes.activate(member)
    key = WebAuthn.add(member, "My laptop", PassKey().made("Y2hhbGxlbmdl"))
    return {
        "mfa_index all": "/desk/second/",
        "mfa_deactivate_totp": "/desk/second/app/off",
        "mfa_view_recovery_codes": "/desk/second/codes",
        "mfa_generate_recovery_codes": "/desk/second/codes/new",
        "mfa_remove_webauthn": f"/desk/second/keys/{key.instance.pk}/remove",
    }


def without_factors(member: Member) -> None:
    """Take them away again."""
    Authenticator.objects.filter(user=member).delete()
