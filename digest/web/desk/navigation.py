"""The desk's pages along its top: those that a member may open."""

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
    ("sends", "Sends", "desk:sends", Right.SEE_DESK),
    ("feeds", "Feeds", "desk:feeds", Right.SEE_DESK),
    ("readers", "Readers", "desk:readers", Right.SERVE_READERS),
    ("members", "Members", "desk:members", Right.MANAGE_MEMBERS),
)


def desk_pages(user: object) -> list[tuple[str, str, str]]:
    """Key, label and path of each page for a member; those that all may see for a stranger."""
    role = getattr(user, "role", "reader")
    return [(key, label, name) for key, label, name, right in _PAGES if may(role, right)]
