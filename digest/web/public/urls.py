"""Readers' paths. What messages link to stands in ``outbound.messages.links`` as well."""

from django.urls import path

from digest.web.public import about, metrics, readers, reading, signing_up

app_name = "public"

urlpatterns = [
    path("", signing_up.front, name="front"),
    path("subscribe", signing_up.sign_up, name="subscribe"),
    path("subscribe/sent", signing_up.sent, name="sent"),
    path("embed", signing_up.embed, name="embed"),
    path("embed/sent", signing_up.embed_sent, name="embed-sent"),
    path("confirm/<str:token>", readers.confirm_page, name="confirm"),
    path("unsubscribe/<str:token>", readers.unsubscribe_page, name="unsubscribe"),
    path("preferences/<str:token>", readers.preferences_page, name="preferences"),
    path("editions/<uuid:public_id>", reading.edition, name="edition"),
    path("archive", reading.archive, name="archive"),
    path("s/<str:code>", reading.story, name="story"),
    path("health", about.health_page, name="health"),
    path("metrics", metrics.metrics_page, name="metrics"),
    path("about-our-reader", about.our_reader, name="our-reader"),
    path("robots.txt", about.robots, name="robots"),
]
