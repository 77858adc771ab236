"""The stand-in for FCM and Google's token server, and an account that it knows."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Event, Thread

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from digest.outbound.channels.fcm.stand_in.declared import account
from digest.outbound.channels.fcm.stand_in.server import PROJECT, FcmServer, serve

__all__ = ["PROJECT", "FcmServer", "account_for", "fcm_server", "running", "serve"]


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def fcm_server() -> FcmServer:
    """A project whose service account is :func:`account_for`'s."""
    public = _key().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return FcmServer(public_key=pem.decode())


def account_for(server: FcmServer) -> str:
    """The account's key file; the server must be listening."""
    pem = _key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return account(pem.decode(), server.token_url)


@contextmanager
def running(server: FcmServer) -> Iterator[FcmServer]:
    """``server`` in a thread of its own, for tests whose sender runs its own event loop."""
    ready, loop = Event(), asyncio.new_event_loop()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            served = runner.run(serve(server))
            ready.set()
            loop.run_forever()
            runner.run(served.cleanup())

    thread = Thread(target=run, daemon=True)
    thread.start()
    if not ready.wait(10):
        raise TimeoutError("FCM did not start")
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
