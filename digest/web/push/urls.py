"""Paths of notifications in a browser."""

from django.urls import path

from digest.web.push import views

app_name = "push"

urlpatterns = [
    path("push", views.page, name="page"),
    path("push-worker.js", views.worker, name="worker"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("push/key", views.key, name="key"),
    path("push/subscribe", views.subscribe, name="subscribe"),
    path("push/own", views.own, name="own"),
    path("push/moved", views.moved, name="moved"),
    path("push/leave", views.leave, name="leave"),
]
