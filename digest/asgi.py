"""The web service's entry for an ASGI server."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")

from django.conf import settings
from django.core.asgi import get_asgi_application

from digest.kit import observe, supervise
from digest.management.examination.starting import refuse_wrong_settings
from digest.web.serving.gate import Gate

if os.environ.get("DIGEST_PROCESS") == "web":
    # Or it would go on at its port, with old settings, when granian's own process was killed.
    supervise.end_with_parent(int(os.environ.get(supervise.PARENT, "0")) or None)
observe.start("web")
refuse_wrong_settings(settings)

# WhiteNoise warns at every start about a folder that is not there yet.
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
application = Gate(get_asgi_application())
