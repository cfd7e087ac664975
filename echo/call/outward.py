"""What an app asks of a call's way out; ``send_audio`` is the flow's own, without a layer in between."""

from __future__ import annotations

from echo.call.flow import Flow


class Outward:
    """
    The verbs of a call that its way out fulfils.

    Attributes:
        flow: the way out.
    """

    __slots__ = ()
    flow: Flow

    @property
    def has_room(self) -> bool:
        """Whether what is sent now goes out now."""
        return self.flow.room

    def send_text(self, text: str) -> None:
        """Send one text message, in order with the audio."""
        self.flow.send_text(text.encode())

    def forget_audio(self) -> None:
        """Give up the audio that still waits here."""
        self.flow.forget_audio()

    def hold(self) -> None:
        """Stop reading from the peer."""
        self.flow.hold()

    def release(self) -> None:
        """Read from the peer again."""
        self.flow.release()
