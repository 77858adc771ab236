"""The audit trail: what somebody of the newsroom did, which nobody can change afterwards."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from digest.staff.members import Member


class AuditEntry(models.Model):
    """One thing somebody of the newsroom did. Append-only: the database refuses changes."""

    at = models.DateTimeField()
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False
    )
    who = models.CharField(max_length=200, help_text="Name at the time, or the rule that acted.")
    verb = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "digest_audit_entry"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "at"], name="audit_by_subject")
        ]

    def __str__(self) -> str:
        return f"{self.who} {self.verb} {self.subject_kind} {self.subject_id}"


def record(
    verb: str,
    subject: models.Model,
    *,
    now: datetime,
    member: Member | None = None,
    who: str = "",
    **detail: Any,
) -> None:
    """Write down that ``member`` (or the rule named ``who``) did ``verb`` to ``subject``."""
    AuditEntry.objects.create(
        at=now,
        member=member,
        who=(who or str(member or "by rule"))[:200],
        verb=verb,
        subject_kind=subject._meta.model_name or "",
        subject_id=subject.pk,
        detail=detail,
    )
