"""Every path of the service: readers at the root, editors under desk, providers under hooks."""

from django.contrib import admin
from django.urls import include, path

from digest.admin import feeds, members, newsdesk

for room in (feeds, members, newsdesk):
    room.register(admin.site)

handler404 = "digest.web.public.errors.not_found"
handler500 = "digest.web.public.errors.broken"

urlpatterns = [
    path("", include("digest.web.public.urls")),
    path("desk/", include("digest.web.desk.urls")),
    path("hooks/", include("digest.web.hooks.urls")),
    path("admin/", admin.site.urls),
]
