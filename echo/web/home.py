"""The front page, for a person with a browser; a WebSocket on ``/`` is a call, as on ``/socket``."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from twisted.web.server import Request

from echo import __version__
from echo.registry import Registry
from echo.web.addresses import AddressBook
from echo.web.answers import Page
from echo.web.socket import SocketPage
from echo.web.upgrade import wants_upgrade

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 1.05rem/1.55 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto;
  padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.2rem; margin: 1.6rem 0; }
dt { opacity: .75; }
dd { margin: 0; }
code { font: .95em ui-monospace, monospace; background: var(--soft); border-radius: .3rem; padding: .1rem .4rem;
  overflow-wrap: anywhere; user-select: all; }
p.calls { font-size: 1.3rem; }
footer { border-top: 1px solid var(--line); margin-top: 2.2rem; padding-top: .8rem; opacity: .75; }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

#: No script at all, no style but ours, and nobody may put the page into another.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>echo</title>
<style>{style}</style>
</head>
<body>
<h1>echo</h1>
<p>A phone call reaches this daemon over a WebSocket and hears itself.</p>
<p class="calls">{calls} on the line, {ever} since the start.</p>
<p>Paste these into the Voice capability of your application in Vonage&rsquo;s dashboard:</p>
<dl>
<dt>Answer URL</dt><dd><code>{answer_url}</code></dd>
<dt>Event URL</dt><dd><code>{events_url}</code></dd>
</dl>
<p>The answer URL sends the call to <code>{socket_url}</code>.
Vonage must be able to reach these addresses. If they name this machine only, as <code>localhost</code> does,
start a tunnel and open this page through it, or give the daemon <code>--public-url</code>.</p>
<footer>echo {version} &middot; <a href="health">health</a> &middot; <a href="ncco">NCCO</a></footer>
</body>
</html>
"""


class HomePage(Page):
    """``/``: says what this is, where calls go, and how many are on."""

    def __init__(self, socket: SocketPage, addresses: AddressBook, registry: Registry) -> None:
        """Show ``registry`` in numbers; leave upgrades to ``socket``."""
        super().__init__()
        self._socket = socket
        self._addresses = addresses
        self._registry = registry

    def answer(self, request: Request) -> bytes | int:
        """Answer with the page, or with a WebSocket where one is asked for."""
        if wants_upgrade(request):
            return self._socket.answer(request)
        addresses = self._addresses.of(request)
        now = len(self._registry.live)
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        request.setHeader(b"Content-Security-Policy", _POLICY.encode())
        return _PAGE.format(
            style=_STYLE,
            calls="1 call" if now == 1 else f"{now} calls",
            ever=self._registry.ever,
            answer_url=escape(addresses.answer_url),
            events_url=escape(addresses.events_url),
            socket_url=escape(addresses.socket_url),
            version=escape(__version__),
        ).encode()
