"""Members of the newsroom in Django's admin, for operators."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin import AdminSite
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm

from digest.admin.asked import ByItsNumber
from digest.staff.members import Member


class MemberCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new member signs in by email address."""

    class Meta:
        model = Member
        fields = ("email",)


class MemberChangeForm(UserChangeForm):  # type: ignore[type-arg]
    """Name, role, rights."""

    class Meta:
        model = Member
        fields = "__all__"


class MemberAdmin(ByItsNumber, UserAdmin):  # type: ignore[type-arg]
    """Who may sign in to the desk, and in which role."""

    form = MemberChangeForm
    add_form = MemberCreationForm
    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "role", "is_active")
    list_filter = ("role", "is_active", "is_staff")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "time_zone")}),
        ("Rights", {"fields": ("role", "is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "usable_password", "password1", "password2"),
            },
        ),
    )


def register(site: AdminSite) -> None:
    """Add the members' pages to ``site``, and take off those on which a second factor is dropped.

    On the desk that ends the member's sessions and is written down.
    """
    for model in (Authenticator, EmailAddress):
        if site.is_registered(model):
            site.unregister(model)
    site.register(Member, MemberAdmin)
