"""The web service's entry for an ASGI server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
