"""The stand-in for FCM and Google's token server, and an account that it knows."""

from contextlib import AbstractContextManager
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from digest.outbound.channels.fcm.stand_in.declared import account
from digest.outbound.channels.fcm.stand_in.server import PROJECT, FcmServer, serve
from tests.fakes.in_thread import in_thread

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


def running(server: FcmServer) -> AbstractContextManager[FcmServer]:
    """``server`` in a thread of its own."""
    return in_thread(server, serve)
