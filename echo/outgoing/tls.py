"""TLS as a client: certificates are checked unless somebody says otherwise, and what is wrong is said in a clause."""

from __future__ import annotations

from typing import Any
from weakref import ref

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions, optionsForClientTLS
from twisted.python.failure import Failure
from zope.interface import implementer

from echo.untrusted import clean


def host_problem(host: str) -> str | None:
    """
    Say in one clause why there can be no host of a name, if it is so; an address is as good as a name.

    Twisted asks for no other names, with TLS or without, and each part of it refuses them in its own way.
    """
    import idna  # noqa: PLC0415  a part of twisted[tls], which loads it as late

    if isIPv6Address(host):
        return None
    try:
        idna.encode(host)
    except UnicodeError:
        return (
            f"{clean(host, 80)} is no host name: that is made of letters, digits and -, 1 to 63 between dots"
        )
    return None


def client_options(host: str, *, insecure: bool = False) -> Any:
    """
    Make what Twisted needs for a TLS connection to ``host``.

    Args:
        host: a name or an address that :func:`host_problem` allows; the certificate must be for it.
        insecure: take any certificate, as the provider's published media module does for ``wss``.
    """
    if not insecure:
        return _Checked(host)
    return _Unchecked(host)


def tls_problem(error: BaseException | None, hint: str = "") -> str | None:
    """
    Say in one clause what went wrong with TLS; ``None`` if it is not about TLS.

    Args:
        error: of Twisted, OpenSSL or service-identity.
        hint: what to do about a certificate that is not believed, if there is something.
    """
    from OpenSSL import SSL  # noqa: PLC0415  a call without TLS need not load it

    # Twisted stumbles over a goodbye in the handshake, and tells of the stumbling
    if error is not None and isinstance(error.__context__, SSL.ZeroReturnError):
        return "it closed the connection in the TLS handshake"
    if not isinstance(error, SSL.Error):
        return _not_the_hosts(error, hint)
    words = _reasons(error)
    if "certificate verify failed" in words:
        return f"its certificate is not to be trusted: self-signed, expired or incomplete{_aside(hint)}"
    if "wrong version number" in words or "packet length too long" in words or "http request" in words:
        return "it does not speak TLS there; is ws:// (or http://) meant?"
    return f"TLS failed: {clean(words or 'the connection was cut', 120)}"


def _not_the_hosts(error: BaseException | None, hint: str) -> str | None:
    """Say what is wrong with the names of a certificate, if it is that."""
    from service_identity import CertificateError, VerificationError  # noqa: PLC0415  as above

    if isinstance(error, VerificationError):
        return f"its certificate is for another host{_aside(hint)}"
    if isinstance(error, CertificateError):
        why = "it has no good subjectAltName"
        return f"its certificate does not say which host it is for: {why}{_aside(hint)}"
    return None


def _aside(hint: str) -> str:
    return f" ({hint})" if hint else ""


def _reasons(error: BaseException) -> str:
    """Join what OpenSSL says: a list of (library, function, reason)."""
    said = error.args[0] if error.args else ()
    if not isinstance(said, list):
        return ""
    return ", ".join(str(entry[-1]) for entry in said if entry)


@implementer(IOpenSSLClientConnectionCreator)
class _Checked:
    """
    Opens TLS as Twisted does, but lets no certificate pass whose names cannot be held against the host.

    Twisted's own check only logs all that is not a mismatch, as a certificate that names no host
    (``CertificateError`` of service-identity since 24.1), and goes on.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._creator: Any = optionsForClientTLS(host)

    def clientConnectionForTLS(self, tls_protocol: Any) -> Any:
        """Make the OpenSSL connection of one transport."""
        from OpenSSL import SSL  # noqa: PLC0415  a call without TLS need not load it

        connection = self._creator.clientConnectionForTLS(tls_protocol)
        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._verifier(tls_protocol))
        return connection

    def _verifier(self, tls_protocol: Any) -> Any:
        """Make what OpenSSL asks about each certificate of the chain; an exception in it would be lost."""
        known = ref(tls_protocol)

        def verify(_connection: Any, certificate: Any, _error: int, depth: int, trusted: int) -> bool:
            if depth or not trusted:
                return bool(trusted)
            try:
                _is_for(self._host, certificate)
            except Exception:  # noqa: BLE001  whatever it is: it was not seen that the certificate is the host's
                protocol = known()
                if protocol is not None:
                    protocol.failVerification(Failure())
                return False
            return True

        return verify


def _is_for(host: str, certificate: Any) -> None:
    """Raise where a certificate is not for a host, or does not say for whom it is."""
    from service_identity import CertificateError, cryptography  # noqa: PLC0415  as above

    is_address = isIPAddress(host) or isIPv6Address(host)
    verify = (
        cryptography.verify_certificate_ip_address if is_address else cryptography.verify_certificate_hostname
    )
    try:
        verify(certificate.to_cryptography(), host)
    except ValueError as error:  # of cryptography: names that cannot be read
        raise CertificateError(str(error)) from None


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
