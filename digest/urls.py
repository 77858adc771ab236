"""Every path of the service: readers at the root, editors under desk, providers under hooks."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from digest.admin import feeds, members, newsdesk, returns
from digest.web.desk import signing_in

for room in (feeds, members, newsdesk, returns):
    room.register(admin.site)

handler404 = "digest.web.public.errors.not_found"
handler500 = "digest.web.public.errors.broken"

urlpatterns = [
    path("", include("digest.web.public.urls")),
    path("", include("digest.web.push.urls")),
    path("api/v1/", include("digest.web.api.urls")),
    path("desk/", include("digest.web.desk.urls")),
    path("desk/second/", include("digest.web.desk.second.urls")),
    path("hooks/", include("digest.web.hooks.urls")),
    # One door and one place to change a password, behind one limiter.
    path("admin/login/", signing_in.admin_door),
    path("admin/password_change/", RedirectView.as_view(pattern_name="desk:password")),
    path("admin/", admin.site.urls),
]
