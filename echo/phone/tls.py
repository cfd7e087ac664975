"""TLS of the phone: as any client's, and what to do about a certificate that nobody vouches for."""

from __future__ import annotations

from typing import Final

from echo.outgoing import tls

HINT: Final = "the provider's webhooks refuse it too; --insecure calls all the same"


def tls_problem(error: BaseException | None) -> str | None:
    """Say in one clause what went wrong with TLS; ``None`` if it is not about TLS."""
    return tls.tls_problem(error, HINT)
