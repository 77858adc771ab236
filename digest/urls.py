"""Every path of the service: readers at the root, editors under desk, providers under hooks."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

handler404 = "digest.web.public.errors.not_found"
handler500 = "digest.web.public.errors.broken"

urlpatterns = [
    path("", include("digest.web.public.urls")),
    path("hooks/", include("digest.web.hooks.urls")),
    path("admin/", admin.site.urls),
]
if find_spec("digest.web.desk.urls"):
    urlpatterns.insert(2, path("desk/", include("digest.web.desk.urls")))
