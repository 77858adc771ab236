"""The newsroom's people: who may sign in, in which role."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from digest.staff.access import Role


class MemberManager(BaseUserManager["Member"]):
    """Creates members by email address, which is also their sign-in name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """Store a member; without a password they cannot sign in until one is set."""
        if not email:
            raise ValueError("A member needs an email address: it is their sign-in name.")
        member = self.model(email=self.normalize_email(email).lower(), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """Store an operator: every right, and the admin pages."""
        fields.update(is_staff=True, is_superuser=True, role=Role.OPERATOR)
        return self.create_user(email, password, **fields)


class Member(AbstractUser):
    """Somebody of the newsroom who signs in to the desk."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    role = models.CharField(
        max_length=16,
        choices=[(role.value, role.label) for role in Role],
        default=Role.EDITOR.value,
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    scope = ArrayField(
        models.BigIntegerField(),
        null=True,
        blank=True,
        help_text="Ids of the newsletters that they change and send alone; none: all.",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = MemberManager()  # type: ignore[assignment,misc]

    class Meta:
        db_table = "digest_member"

    def __str__(self) -> str:
        return self.get_full_name() or self.email
