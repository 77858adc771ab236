"""Readers' paths. What messages link to stands in ``outbound.messages.links`` as well."""

from django.urls import path

from digest.web.public import about, metrics, reading, signing_up
from digest.web.public.away import going
from digest.web.public.feeds_out import views as feeds
from digest.web.public.own import (
    confirming,
    data,
    keeping_on,
    leaving,
    lost_link,
    moving,
    preferences,
)
from digest.web.public.shelf import views as shelf
from digest.web.public.speech import spoken

app_name = "public"

urlpatterns = [
    path("", spoken(shelf.front), name="front"),
    path("newsletters/<slug:slug>", spoken(shelf.newsletter), name="newsletter"),
    path("newsletters/<slug:slug>/feed.<slug:kind>", feeds.editions, name="newsletter-feed"),
    path("feed.<slug:kind>", feeds.editions, name="feed"),
    path("topics", spoken(shelf.topics), name="topics"),
    path("topics/<slug:slug>/feed.<slug:kind>", spoken(feeds.topic), name="topic-feed"),
    path("topics/<slug:slug>", spoken(shelf.topic), name="topic"),
    path("calendar", spoken(shelf.calendar), name="calendar"),
    path("subscribe", spoken(signing_up.sign_up), name="subscribe"),
    path("subscribe/sent", spoken(signing_up.sent), name="sent"),
    path("embed", spoken(signing_up.embed), name="embed"),
    path("boxes.json", spoken(signing_up.boxes_document), name="boxes"),
    path("embed/sent", spoken(signing_up.embed_sent), name="embed-sent"),
    path("confirm/<str:token>", spoken(confirming.confirm_page), name="confirm"),
    path("confirm/<str:token>/<int:number>", spoken(confirming.confirm_page), name="confirm-one"),
    path("unsubscribe/<str:token>", spoken(leaving.unsubscribe_page), name="unsubscribe"),
    path("preferences/<str:token>", spoken(preferences.preferences_page), name="preferences"),
    path("keep/<str:token>", spoken(keeping_on.keep_page), name="keep"),
    path("move/<str:token>", spoken(moving.move_page), name="move"),
    path("stay/<str:token>", spoken(moving.stay_page), name="stay"),
    path("export/<str:token>", spoken(data.export_page), name="export"),
    path("erase/<str:token>", spoken(data.erase_page), name="erase"),
    path("erased", spoken(data.forgotten), name="forgotten"),
    path("link", spoken(lost_link.link_page), name="link"),
    path("link/sent", spoken(lost_link.link_sent), name="link-sent"),
    path("editions/<uuid:public_id>", spoken(reading.edition), name="edition"),
    path("archive", spoken(reading.archive), name="archive"),
    path("go/<str:copy>/<str:story>/<str:signature>", going.go, name="go"),
    path("s/<str:code>", spoken(reading.story), name="story"),
    path("health", spoken(about.health_page), name="health"),
    path("metrics", metrics.metrics_page, name="metrics"),
    path("about-our-reader", spoken(about.our_reader), name="our-reader"),
    path("robots.txt", feeds.robots, name="robots"),
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
]
