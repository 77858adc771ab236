"""Readers' paths. What messages link to stands in ``outbound.messages.links`` as well."""

from django.urls import path

from digest.web.public import about, metrics, reading, signing_up
from digest.web.public.own import confirming, data, leaving, lost_link, preferences
from digest.web.public.speech import spoken

app_name = "public"

urlpatterns = [
    path("", signing_up.front, name="front"),
    path("subscribe", signing_up.sign_up, name="subscribe"),
    path("subscribe/sent", spoken(signing_up.sent), name="sent"),
    path("embed", signing_up.embed, name="embed"),
    path("boxes.json", signing_up.boxes_document, name="boxes"),
    path("embed/sent", signing_up.embed_sent, name="embed-sent"),
    path("confirm/<str:token>", spoken(confirming.confirm_page), name="confirm"),
    path("confirm/<str:token>/<int:number>", spoken(confirming.confirm_page), name="confirm-one"),
    path("unsubscribe/<str:token>", spoken(leaving.unsubscribe_page), name="unsubscribe"),
    path("preferences/<str:token>", spoken(preferences.preferences_page), name="preferences"),
    path("export/<str:token>", data.export_page, name="export"),
    path("erase/<str:token>", data.erase_page, name="erase"),
    path("erased", spoken(data.forgotten), name="forgotten"),
    path("link", lost_link.link_page, name="link"),
    path("link/sent", lost_link.link_sent, name="link-sent"),
    path("editions/<uuid:public_id>", reading.edition, name="edition"),
    path("archive", reading.archive, name="archive"),
    path("s/<str:code>", reading.story, name="story"),
    path("health", about.health_page, name="health"),
    path("metrics", metrics.metrics_page, name="metrics"),
    path("about-our-reader", about.our_reader, name="our-reader"),
    path("robots.txt", about.robots, name="robots"),
]
