"""Paths of notifications in a browser."""

from django.urls import path

from digest.web.public.speech import spoken
from digest.web.push import views

app_name = "push"

urlpatterns = [
    path("push", spoken(views.page), name="page"),
    path("push-worker.js", views.worker, name="worker"),
    path("manifest.webmanifest", spoken(views.manifest), name="manifest"),
    path("push/key", views.key, name="key"),
    path("push/here.json", spoken(views.here), name="here"),
    path("push/subscribe", spoken(views.subscribe), name="subscribe"),
    path("push/own", spoken(views.own), name="own"),
    path("push/moved", spoken(views.moved), name="moved"),
    path("push/leave", spoken(views.leave), name="leave"),
]
