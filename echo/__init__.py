"""
echo: the daemon that a phone call reaches over a WebSocket.

The public names live in the sub-packages; ``docs/design.rst`` draws the map.
"""

__version__ = "0.1.0"
