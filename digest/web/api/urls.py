"""Paths of the API."""

from django.urls import path

from digest.web.api import push_tokens

app_name = "api"

urlpatterns = [path("push-tokens", push_tokens.push_tokens, name="push-tokens")]
