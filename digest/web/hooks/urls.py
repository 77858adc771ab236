"""Where providers report to, and hubs push to."""

from django.urls import path

from digest.web.hooks import reported, websub

app_name = "hooks"

urlpatterns = [
    path("websub/<str:token>", websub.hook, name="websub"),
    # The address that providers of mail were given before a channel's name stood in it.
    path("mail/<slug:provider>", reported.hook, {"channel": "email"}, name="mail"),
    path("<slug:channel>", reported.hook, name="channel"),
    path("<slug:channel>/<slug:provider>", reported.hook, name="provider"),
]
