"""Where a member is signed in: one row a session, so that each can be ended from anywhere.

The session itself is Django's; the row says whose it is, since when and from what.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import models

from digest.staff.members import Member


class MemberSession(models.Model):
    """One signing in that may still be open."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions"
    )
    key = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField()
    network = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "digest_member_session"

    def __str__(self) -> str:
        return f"{self.member} since {self.began_at:%Y-%m-%d %H:%M}"


def began(
    member: Member, session: SessionBase, *, now: datetime, network: str, agent: str
) -> MemberSession:
    """Write down that ``member`` signed in; ``network`` and ``agent`` are for their eyes.

    What is left of sessions that have ended goes with it.
    """
    if not session.session_key:
        session.save()
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    MemberSession.objects.filter(member=member).exclude(key__in=alive).delete()
    values = {"member": member, "began_at": now, "network": network[:45], "agent": agent[:200]}
    made, _ = MemberSession.objects.update_or_create(key=session.session_key, defaults=values)
    return made


def open_of(member: Member, *, now: datetime) -> list[MemberSession]:
    """The sessions of ``member`` that are still open, the newest first."""
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    rows = MemberSession.objects.filter(member=member, key__in=alive)
    return list(rows.order_by("-began_at"))


def end_one(member: Member, session_id: int) -> bool:
    """Sign out one session of ``member``; False where there is none such."""
    row = MemberSession.objects.filter(member=member, pk=session_id).first()
    if row is None:
        return False
    Session.objects.filter(session_key=row.key).delete()
    row.delete()
    return True


def end_all(member: Member, *, but: str = "") -> int:
    """Sign out every session of ``member`` but the one with the key ``but``; how many were open."""
    keys = list(MemberSession.objects.filter(member=member).exclude(key=but).values_list("key"))
    ended, _ = Session.objects.filter(session_key__in=[key for (key,) in keys]).delete()
    MemberSession.objects.filter(member=member).exclude(key=but).delete()
    return ended
