"""Where providers report to."""

from django.urls import path

from digest.web.hooks import whatsapp

app_name = "hooks"

urlpatterns = [path("whatsapp", whatsapp.hook, name="whatsapp")]
