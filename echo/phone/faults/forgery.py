"""A signer that is not in the provider's own set of bad ones: it alters what GET requests have signed."""

from __future__ import annotations

import base64
import json

from echo.phone.provider.signing import Altered


class Tampered(Altered):
    """
    Alters what was signed: the body, or, where there is none, what the token says of itself.

    Nothing signs a query (Vonage, "Signed webhooks": ``payload_hash`` is that of the body), so the token is all
    that can be altered of a GET request.
    """

    def sign(self, body: bytes | None) -> tuple[str | None, bytes | None]:
        """Sign one thing and send another."""
        if body is not None:
            return super().sign(body)
        return f"Bearer {altered(self.token(None))}", None


def altered(token: str) -> str:
    """Rename a token in its compact form (RFC 7515 section 3.1), and leave the signature as it was."""
    head, claims, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    told["jti"] = f"{told['jti']}-altered"
    claims = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    return f"{head}.{claims}.{signature}"
