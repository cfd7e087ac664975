"""TLS as a client: certificates are checked unless somebody says otherwise, and what is wrong is said in a clause."""

from __future__ import annotations

from typing import Any

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions, optionsForClientTLS
from zope.interface import implementer

from echo.untrusted import clean

#: What to do about a certificate that nobody vouches for.
_HINT = "the provider's webhooks refuse it too; --insecure calls all the same"


def client_options(host: str, *, insecure: bool = False) -> Any:
    """
    Make what Twisted needs for a TLS connection to ``host``.

    Args:
        host: a name or an address; the certificate must be for it.
        insecure: take any certificate, as the provider's published media module does for ``wss``.
    """
    if not insecure:
        return optionsForClientTLS(host)
    return _Unchecked(host)


def tls_problem(error: BaseException | None) -> str | None:
    """Say in one clause what went wrong with TLS; ``None`` if it is not about TLS."""
    from OpenSSL import SSL  # noqa: PLC0415  a call without TLS need not load it
    from service_identity.exceptions import VerificationError  # noqa: PLC0415  as above

    if isinstance(error, VerificationError):
        return f"its certificate is for another host ({_HINT})"
    if not isinstance(error, SSL.Error):
        return None
    words = _reasons(error)
    if "certificate verify failed" in words:
        return f"its certificate is not to be trusted: self-signed, expired or incomplete ({_HINT})"
    if "wrong version number" in words or "packet length too long" in words or "http request" in words:
        return "it does not speak TLS there; is ws:// (or http://) meant?"
    return f"TLS failed: {clean(words or 'the connection was cut', 120)}"


def _reasons(error: BaseException) -> str:
    """Join what OpenSSL says: a list of (library, function, reason)."""
    said = error.args[0] if error.args else ()
    if not isinstance(said, list):
        return ""
    return ", ".join(str(entry[-1]) for entry in said if entry)


@implementer(IOpenSSLClientConnectionCreator)
class _Unchecked:
    """Opens TLS without looking at the certificate; the name is still told to the server (SNI)."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._context = CertificateOptions(verify=False).getContext()

    def clientConnectionForTLS(self, tls_protocol: Any) -> Any:
        """Make the OpenSSL connection of one transport."""
        from OpenSSL import SSL  # noqa: PLC0415  a call without TLS need not load it

        connection = SSL.Connection(self._context, None)
        if not isIPAddress(self._host) and not isIPv6Address(self._host):
            connection.set_tlsext_host_name(self._host.encode("idna"))
        return connection
