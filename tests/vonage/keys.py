"""A key pair of an application for tests; made once, as that takes a while."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

APPLICATION = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"


@cache
def key(number: int = 0) -> RSAPrivateKey:
    """A key; other numbers are other keys."""
    return rsa.generate_private_key(65537, 2048)


def private_pem(number: int = 0) -> bytes:
    """Its file, as the provider's dashboard gives it."""
    return key(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(number: int = 0) -> bytes:
    """The half that the provider keeps."""
    return key(number).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
