"""Where providers report to, and hubs push to."""

from django.urls import path

from digest.web.hooks import mail, websub, whatsapp

app_name = "hooks"

urlpatterns = [
    path("whatsapp", whatsapp.hook, name="whatsapp"),
    path("mail/<slug:provider>", mail.hook, name="mail"),
    path("websub/<str:token>", websub.hook, name="websub"),
]
