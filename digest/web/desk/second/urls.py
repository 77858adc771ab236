"""The second factor's paths, under ``/desk/second/``, by the names that allauth asks for."""

from django.urls import path
from django.views.generic import RedirectView

from digest.web.desk.second import factors
from digest.web.desk.signing_in import sign_out

urlpatterns = [
    path("", factors.within(factors.Index), name="mfa_index"),
    path("asked", factors.at_the_door(factors.CodeAsked), name="mfa_authenticate"),
    path("passkey", factors.at_the_door(factors.Passkey), name="mfa_login_webauthn"),
    path("password", factors.within(factors.PasswordAgain), name="account_reauthenticate"),
    path("app", factors.within(factors.TurnAppOn), name="mfa_activate_totp"),
    path("app/off", factors.within(factors.TurnAppOff), name="mfa_deactivate_totp"),
    path("keys/add", factors.within(factors.AddKey), name="mfa_add_webauthn"),
    path("keys/<int:pk>/remove", factors.within(factors.RemoveKey), name="mfa_remove_webauthn"),
    path("codes", factors.within(factors.Codes), name="mfa_view_recovery_codes"),
    path("codes/new", factors.within(factors.NewCodes), name="mfa_generate_recovery_codes"),
    # Names that allauth sends people to, which have their places on the desk.
    path("keys", factors.within(factors.Index), name="mfa_list_webauthn"),
    path("in", RedirectView.as_view(pattern_name="desk:sign-in"), name="account_login"),
    path("out", sign_out, name="account_logout"),
]
