"""
The narrow interface down to the shell: what a call may ask of the socket that carries it.

The WebSocket protocol implements it in production, a recording double in tests. None of the verbs raises or
blocks; on a connection that is closed already they do nothing.
"""

from __future__ import annotations

from typing import Protocol


class Connection(Protocol):
    """What carries a call."""

    def send_audio(self, payload: bytes) -> None:
        """Write one unfragmented binary message; may lead to ``CallSession.congested`` before it returns."""

    def send_text(self, payload: bytes) -> None:
        """Write one unfragmented text message, UTF-8; may lead to ``CallSession.congested`` as well."""

    def ping(self) -> bytes:
        """
        Ask whether the peer is alive; its pong arrives as ``CallSession.ponged``.

        Returns:
            What the pong will carry; empty where no ping went out.
        """

    def close(self, code: int, reason: str) -> None:
        """Send a Close frame (RFC 6455 section 5.5.1); the shell then waits for the peer's."""

    def leave(self) -> None:
        """End the connection once everything is sent that was written, without waiting for the peer's Close frame."""

    def abort(self) -> None:
        """End the connection at once, without a Close frame and without what is still unsent."""

    def pause(self) -> None:
        """Stop reading from the peer."""

    def resume(self) -> None:
        """Read from the peer again."""

    def wake_at(self, deadline: float) -> None:
        """Call ``CallSession.tick`` at ``deadline`` at the latest (seconds of the call's clock)."""
