"""The web service's entry for an ASGI server."""

import gc
import os
import sys

# Nothing is looked for in what is being loaded: it takes a fifth of that time, and it stays.
gc.disable()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digest.settings")

import django
from django.conf import settings
from django.urls import get_resolver

from digest.kit import observe, supervise
from digest.management.examination.starting import refuse_wrong_settings
from digest.web.serving.gate import Gate
from digest.web.serving.threaded import ThreadedDjango
from digest.web.serving.traffic import NICENESS, SWITCH_SECONDS

if os.environ.get("DIGEST_PROCESS") == "web":
    # Or it would go on at its port, with old settings, when granian's own process was killed.
    supervise.end_with_parent(int(os.environ.get(supervise.PARENT, "0")) or None)
observe.start("web")
refuse_wrong_settings(settings)

# WhiteNoise warns at every start about a folder that is not there yet.
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
django.setup(set_prefix=False)
from digest.web.desk import live  # its tables are known now

application = Gate(ThreadedDjango(), {live.PATH: live.at_once})

# What is loaded now stays for good. To look through it again and again, as a full collection would,
# stops every request for a tenth of a second, and for longer while the machine is busy.
if os.environ.get("DIGEST_PROCESS") == "web":
    sys.setswitchinterval(SWITCH_SECONDS)
    assert get_resolver().url_patterns  # the pages are loaded by this
    gc.collect()
    gc.freeze()
    # Only now: everybody waits for pages that load.
    supervise.give_way(NICENESS)
gc.enable()
