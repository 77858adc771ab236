"""The web service with a page that fails: ``digest.asgi`` as it is, but for the table of paths."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")

from django.conf import settings

settings.ROOT_URLCONF = "tests.fakes.failing"

from digest.asgi import application  # noqa: E402

__all__ = ["application"]
