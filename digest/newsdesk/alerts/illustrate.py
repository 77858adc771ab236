"""Which picture stands above an alert: its story's, where an editor shows it.

A picture that says whose it is stands above a new draft from the start: it is the one that editions
show with the story, and the editor sees it on the page from which the alert is issued. One without
a credit is there to be chosen, and no more: whose it is, and whether we may show it, nobody knows.
"""

from digest.newsdesk.alerts.core.words import AlertRefused
from digest.newsdesk.alerts.models import Alert
from digest.newsdesk.picture import Picture, picture_of
from digest.newsdesk.stories.coverage import coverage

LONGEST_ADDRESS = 2_000


def story_picture(story_id: int) -> Picture | None:
    """The picture that the story has now; None where it has none that could be shown."""
    told = coverage([story_id]).get(story_id)
    found = picture_of(told.pictured) if told else None
    return found if found and len(found.url) <= LONGEST_ADDRESS else None


def at_first(story_id: int) -> Picture | None:
    """What stands above a new draft on the story: a picture that is credited."""
    found = story_picture(story_id)
    return found if found and found.credit else None


def offered(alert: Alert) -> Picture | None:
    """The picture that an editor may show or leave out: the one it has, else its story's."""
    return alert.picture or story_picture(alert.story_id)


def chosen(alert: Alert, address: str) -> Picture | None:
    """The picture at ``address``, which an editor saw and wants above it; empty for none.

    Raises :class:`AlertRefused` for another than :func:`offered`: what is sent is what was seen.
    """
    if not address:
        return None
    for each in (alert.picture, story_picture(alert.story_id)):
        if each is not None and each.url == address:
            return each
    raise AlertRefused(
        "The story has another picture by now. Look at that one, then decide whether to show it."
    )
