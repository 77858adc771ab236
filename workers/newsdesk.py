"""Tasks from a new article to a published edition."""

from celery import shared_task
from django.conf import settings

from digest.kit import wake
from digest.kit.sql import now
from digest.newsdesk.alerts.watch import watch as watch_stories
from digest.newsdesk.editions.by_address.settle import settle_lookups
from digest.newsdesk.editions.compose import compose_due
from digest.newsdesk.editions.later.make import make_due
from digest.newsdesk.editions.near import slot_is_near
from digest.newsdesk.editions.publish import publish_due
from digest.newsdesk.stories.assign import assign as assign_articles
from digest.newsdesk.stories.cross import cross as cross_stories
from digest.newsdesk.stories.embeddings import installed
from digest.newsdesk.stories.muting import end_mutes
from digest.newsdesk.stories.revise import changed
from digest.newsdesk.stories.revise import revise as revise_stories
from digest.newsdesk.topics.compiled import name_sets
from digest.newsdesk.topics.placing import place
from digest.newsdesk.topics.tag import tag as tag_stories
from digest.newsdesk.topics.teach import relearn

BATCH = 500


@shared_task(name="newsdesk.assign")
def assign() -> int:
    """Put new articles into stories; how many. Looks again while there are more."""
    assigned = assign_articles(now=now(), limit=BATCH, mend=slot_is_near(now=now()))
    done = len(assigned.article_ids)
    if assigned.story_ids and settings.DIGEST_CROSS_LANGUAGES:
        cross_stories(
            assigned.story_ids,
            now=now(),
            names=name_sets(),
            embeddings=installed(settings.DIGEST_EMBEDDER, settings.DIGEST_EMBEDDER_MODEL),
            alike=settings.DIGEST_EMBEDDER_ALIKE,
        )
    settle_lookups(now=now())
    if done == BATCH:
        wake.call("assign")
    return done


@shared_task(name="newsdesk.tag")
def tag() -> int:
    """Learn what editors taught, weigh stories against the topics; how many. Again while more."""
    place(installed(settings.DIGEST_EMBEDDER, settings.DIGEST_EMBEDDER_MODEL), now=now())
    relearn(now=now())
    done = len(tag_stories(now=now(), limit=BATCH).story_ids)
    if done:
        wake.call("tag")
    return done


@shared_task(name="newsdesk.revise")
def revise() -> None:
    """Bring stories up to the articles whose words have changed, and to mutes that are over."""
    moment = now()
    end_mutes(now=moment)
    revise_stories(changed(now=moment), now=moment)


@shared_task(name="newsdesk.watch")
def watch() -> int:
    """Raise candidates on stories that may be breaking; how many."""
    return len(watch_stories(now=now()).candidate_ids)


@shared_task(name="newsdesk.compose")
def compose() -> None:
    """Compose the newsletters whose slot is near; bring untouched drafts up to the news."""
    compose_due(now=now())


@shared_task(name="newsdesk.publish")
def publish() -> None:
    """Publish the editions whose slot has come; it wakes the planner itself.

    What was planned for an hour before that is made first.
    """
    make_due(now=now())
    publish_due(now=now())
