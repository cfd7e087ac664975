"""
What makes ``twistd echo`` exist.

twistd imports this file on every run, whatever service is asked for. So it names ``echo.service.maker`` and
imports nothing of ours: a fault in echo stays echo's, and no reactor is chosen before ``--reactor`` is read.
There is no ``__init__.py`` in this folder or the one above, on purpose: it would hide Twisted's own package.
"""

from twisted.application.service import ServiceMaker

echo = ServiceMaker(
    "echo",
    "echo.service.maker",
    "Answer phone calls over a WebSocket (Vonage Voice API) and return their audio.",
    "echo",
)
