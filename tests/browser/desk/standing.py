"""What the desk's pages may show beside what they show first: boxes, previews, states, refusals."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from digest.audience.lists import jobs
from digest.audience.lists.jobs import HandedIn, hand_in
from digest.audience.lists.reader_lines import Also
from digest.kit.clock import now
from digest.models import Edition, ImportJob, Member, Subscription
from digest.newsdesk.editions.approve import approve
from digest.newsdesk.editions.later.plan import plan_change
from digest.newsdesk.editions.searching.saved import keep_search
from digest.outbound.channels import registry
from tests.web import desk_day

CHANNELS = ["email", "whatsapp", "telegram", "webpush", "apns", "fcm", "bluesky", "slack"]
"""One of each kind of preview: a mail, a chat, a lock screen, a post."""


def further(chief: Member, paths: Mapping[str, str]) -> dict[str, str]:
    """Paths of a furnished desk by a name; the keys that are pressed there stand after a ``#``."""
    sheet = paths["top-reads"]
    draft = Edition.objects.get(public_id=sheet.split("/")[3])
    _plan(draft, chief)
    keep_search("Korea in Korean", {"language": "ko"}, member=chief, now=now())
    keep_search("Ships", {"q": "ship", "new": "1"}, member=chief, now=now())
    shows = {f"sheet-{name}": f"{sheet}?show={name}" for name in CHANNELS}
    shows |= {f"sheet-email-{each}": f"{sheet}?show=email&width={each}" for each in
              ("desktop", "text")}  # fmt: skip
    return {
        **shows,
        **_imports(chief),
        "sheet-words": f"{sheet}#je",
        "sheet-later": f"{sheet}#jh",
        "sheet-title": f"{sheet}#t",
        "sheet-approval": f"{sheet}#g",
        "sheet-by-address": f"{sheet}#l",
        "sheet-keys": f"{sheet}#?",
        "sheet-approved": _approved(chief),
        "wire-narrow": "/desk/#f",
        "wire-kept": "/desk/?language=ko",
        "wire-nothing": "/desk/?q=no+such+words#s",
        "calendar-collisions": "/desk/calendar#jm",
        "readers-found": "/desk/readers/#/reader1@example.org⏎",
        "readers-nobody": "/desk/readers/#/nobody@example.org⏎",
        "audit-nothing": "/desk/audit/?q=no+such+deed",
        "not-found": "/desk/nowhere",
        "choose-password-gone": "/desk/choose-password/1-abc-def",
        "reader-gone": "/desk/readers/00000000-0000-4000-8000-000000000000/",
    }


def _plan(draft: Edition, chief: Member) -> None:
    """Words and a kill for an hour; and another newsletter that goes at the same time."""
    slot = draft.slot_at.astimezone(ZoneInfo(draft.time_zone))
    first, second, *_ = draft.items.order_by("position")
    who = {"member": chief, "now": now()}
    words = {"headline": "What the morning brought", "blurb": "", "channel": ""}
    for before, kind, asked, item in (
        (12, "reword", words, first), (8, "kill", {}, second),
    ):  # fmt: skip
        at = f"{slot - timedelta(minutes=before):%Y-%m-%dT%H:%M}"
        plan_change(draft.pk, kind, asked, at, item_id=item.pk, **who)
    clash = desk_day.edition(now(), minutes=24, slug="markets", name="Markets before the bell")
    for number in range(3):
        desk_day.reader(f"both{number}@example.org", now(), on=clash.newsletter)
    for each in Subscription.objects.filter(newsletter=clash.newsletter):
        each.pk, each.newsletter = None, draft.newsletter
        each.save(force_insert=True)


def _approved(chief: Member) -> str:
    made = desk_day.edition(now(), minutes=180, slug="evening", name="Evening read")
    approve(made.pk, lock_version=made.lock_version, member=chief, now=now())
    return f"/desk/editions/{made.public_id}/"


def _imports(chief: Member) -> dict[str, str]:
    """A list in each state of its way."""
    paths = {}
    for state in ("undone", "done", "importing", "checking"):
        job = _handed_in(chief, state, now())
        if state != "checking":
            _work()
            jobs.bring_in(job.pk, member=chief, now=now())
        if state in ("undone", "done"):
            _work()
        if state == "undone":
            jobs.take_back(job.pk, member=chief, now=now())
            _work()
        paths[f"import-{state}"] = f"/desk/imports/{job.public_id}/"
    return paths


def _handed_in(chief: Member, state: str, moment: datetime) -> ImportJob:
    lines = "".join(f"{state}{number}@example.net\n" for number in range(12))
    file = HandedIn(f"{state}.csv", f"address\n{lines}nobody\nalso nobody\n".encode(),
                    "Signed up on the old site in 2024.", Also(alerts=True))  # fmt: skip
    return hand_in(file, member=chief, now=moment)


def _work() -> None:
    while jobs.work(now=now, kinds=registry.address_kinds()):
        pass
