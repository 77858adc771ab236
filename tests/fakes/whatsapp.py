"""The demo's stand-in for the Cloud API, which is strict and scriptable enough for tests."""

from digest.outbound.channels.whatsapp.stand_in.cloud_api import PHONE_ID, TOKEN, CloudApi, serve

__all__ = ["PHONE_ID", "TOKEN", "CloudApi", "serve"]
