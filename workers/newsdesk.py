"""Tasks from a new article to a published edition."""

from celery import shared_task

from digest.kit.clock import now
from digest.newsdesk.editions.compose import compose_due
from digest.newsdesk.editions.publish import publish_due


@shared_task(name="newsdesk.compose")
def compose() -> None:
    """Compose the newsletters whose slot is near; bring untouched drafts up to the news."""
    compose_due(now=now())


@shared_task(name="newsdesk.publish")
def publish() -> None:
    """Publish the editions whose slot has come; it wakes the planner itself."""
    publish_due(now=now())
