"""The desk's pages along its top: those that a member may open."""

from digest.kit import clock
from digest.outbound.delivery.planning import hand_posts
from digest.outbound.delivery.templates.listing import listed_templates
from digest.outbound.delivery.templates.watch import with_templates
from digest.staff.access import Right, may

# Key (what a page calls itself in ``here``), label, name of its path, right.
_PAGES = (
    ("wire", "Wire", "desk:wire", Right.SEE_DESK),
    ("sheet", "Top reads", "desk:top-reads", Right.SEE_DESK),
    ("editions", "Editions", "desk:editions", Right.SEE_DESK),
    ("calendar", "Calendar", "desk:calendar", Right.SEE_DESK),
    ("newsletters", "Newsletters", "desk:newsletters", Right.SEE_DESK),
    ("alerts", "Alerts", "desk:alerts", Right.SEE_DESK),
    ("topics", "Topics", "desk:topics", Right.SEE_DESK),
    ("posts", "Posts by hand", "desk:posts", Right.SEE_DESK),
    ("templates", "Templates", "desk:templates", Right.RUN_SENDS),
    ("sends", "Sends", "desk:sends", Right.SEE_DESK),
    ("feeds", "Feeds", "desk:feeds", Right.SEE_DESK),
    ("figures", "Figures", "desk:figures", Right.SEE_DESK),
    ("readers", "Readers", "desk:readers", Right.SERVE_READERS),
    ("members", "Members", "desk:members", Right.MANAGE_MEMBERS),
    ("audit", "Audit", "desk:audit", Right.MANAGE_MEMBERS),
)


def desk_pages(user: object) -> list[tuple[str, str, str]]:
    """Key, label and path of each page for a member; those that all may see for a stranger."""
    role = getattr(user, "role", "reader")
    pages = [(key, label, name) for key, label, name, right in _PAGES if may(role, right)]
    return [found for each in pages if (found := _offered(*each)) is not None]


def _offered(key: str, label: str, name: str) -> tuple[str, str, str] | None:
    """The posts only where there is such a place, with how many wait: that is the reminder.
    Templates only where a provider approves some, and is asked how they stand.
    """
    if key == "templates":
        if not with_templates():
            return None
        wrong = sum(len(each.wrong) for each in listed_templates(now=clock.now()))
        return key, f"{label} ({wrong})" if wrong else label, name
    if key != "posts":
        return key, label, name
    if not hand_posts.is_offered():
        return None
    number = hand_posts.waiting(now=clock.now())
    return key, f"{label} ({number})" if number else label, name
