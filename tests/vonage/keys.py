"""A key pair of an application for tests; made once, as that takes a while."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

APPLICATION = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"


@cache
def _keys() -> dict[int, RSAPrivateKey]:
    return {number: rsa.generate_private_key(65537, 2048) for number in range(2)}


def key(number: int = 0) -> RSAPrivateKey:
    """A key, the application's or, as number 1, another one."""
    return _keys()[number]


def private_pem(number: int = 0) -> bytes:
    """Its file, as the provider's dashboard gives it."""
    return key(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(number: int = 0) -> bytes:
    """The half that the provider keeps."""
    return key(number).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
