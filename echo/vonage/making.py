"""Puts the client together, with the time and the randomness of this machine."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, Any

from echo.vonage.client import VoiceApi
from echo.vonage.regions import API_URL
from echo.vonage.sending import Sender
from echo.vonage.tokens import ApplicationTokens
from echo.vonage.web import Web

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


def load() -> None:
    """Load what requests are made by: that takes half a second, which nobody who is on a call should wait for."""
    import jwt  # noqa: F401, PLC0415  others load them as they need them
    import treq.client  # noqa: F401, PLC0415


def voice_api(reactor: Any, application_id: str, key: RSAPrivateKey, api_url: str = API_URL) -> VoiceApi:
    """Make the client of one application; see :class:`echo.vonage.sending.Sender`."""
    sender = Sender(
        tokens=ApplicationTokens(application_id, key, now=time.time, random=os.urandom),
        web=Web(reactor),
        reactor=reactor,
        now=time.time,
        random=random.random,
        api_url=api_url,
    )
    return VoiceApi(sender)
