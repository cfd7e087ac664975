"""Tests of echo.web.request: what becomes of a bug."""

from __future__ import annotations

from twisted.web.resource import Resource

from echo.web.site import BoundedSite
from tests.doubles import RecordingLog
from tests.face import Face


class Broken(Resource):
    """A page with a bug."""

    isLeaf = True

    def render(self, request: object) -> bytes:
        """Fail."""
        raise RuntimeError("secret")


def test_a_bug_is_a_bare_500() -> None:
    """A peer learns nothing of an exception; the log has it all."""
    face, log = Face(), RecordingLog()
    face.site = BoundedSite(Broken(), face.site.limits, log, face.clock)

    answer = face.ask("/")

    assert (answer.status, answer.json()) == (500, {"error": "internal error"})
    assert len(log.at("failure")) == 1
