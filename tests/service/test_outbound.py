"""Tests of echo.service.outbound: what the daemon asks the REST API for, and what it is without one."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from echo.call.record import CallRecord
from echo.errors import ConfigurationError, RestError
from echo.privacy import MASKED
from echo.service.outbound import Outbound, outbound_of, private_key
from echo.service.settings import resolve
from tests.daemon import Daemon
from tests.doubles import RecordingLog
from tests.phone.provider.rest.legs import UUID
from tests.vonage.api import SimulatedApi, url_of
from tests.vonage.keys import APPLICATION, private_pem, public_pem
from tests.vonage.test_client import the_reactor

GIVEN = {"application_id": APPLICATION, "private_key": "private.key"}


class Tests(TestCase):
    """A daemon with a key, and an API."""

    timeout = 20

    def setUp(self) -> None:
        """Let an API listen."""
        self.simulated = SimulatedApi(time.time)
        port = self.simulated.listen(the_reactor())
        self.addCleanup(port.stopListening)
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "private.key").write_bytes(private_pem())
        given = {**GIVEN, "api_url": url_of(port)}
        settings = resolve(given, {}, lambda path: (folder / path).read_bytes())
        self.log = RecordingLog()
        made = outbound_of(settings, folder, the_reactor(), self.log)
        assert made is not None
        self.outbound = made

    def test_hang_up(self) -> Deferred[None]:
        """The leg is ended, and the log has nothing to say."""

        def look(done: bool) -> None:
            self.assertTrue(done)
            self.assertEqual(self.simulated.leg.done, [("hang up",)])
            self.assertEqual(self.log.lines, [])

        return self.outbound.hang_up(UUID, "https://api-us-3.vonage.com").addCallback(look)

    def test_the_end_of_a_call(self) -> Deferred[None]:
        """The caller's leg is ended, by which the call is over, and whoever asked is told."""
        record = CallRecord("CON-1", leg=UUID, region_url="https://api-us-3.vonage.com")
        told: Deferred[bool] = Deferred()
        self.assertTrue(self.outbound.end_call(record, told.callback))
        return told.addCallback(
            lambda done: self.assertEqual((done, self.simulated.leg.done), (True, [("hang up",)]))
        )

    def test_a_call_without_a_leg(self) -> None:
        """Nobody can be asked for its end."""
        self.assertFalse(self.outbound.end_call(CallRecord("CON-1"), lambda _: None))
        self.assertEqual(self.simulated.steps, [])

    def test_a_leg_that_is_not_there(self) -> Deferred[None]:
        """A line tells it, and whoever asked goes on."""

        def look(done: bool) -> None:
            self.assertFalse(done)
            self.assertIn("could not hang up nobody: it answered 404", str(self.log.lines))

        return self.outbound.hang_up("nobody").addCallback(look)

    def test_a_number_in_place_of_a_leg(self) -> Deferred[None]:
        """Where numbers are masked it is not told."""
        self.log.privacy = MASKED
        done = self.outbound.hang_up("447700900000")
        return done.addCallback(
            lambda _: self.assertIn("could not hang up ***: it answered 404", str(self.log.lines))
        )

    def test_a_uuid_that_is_none(self) -> None:
        """Nothing is asked for."""
        self.assertFalse(self.successResultOf(self.outbound.hang_up("../v1/applications")))
        self.assertIn("is no uuid of a call", str(self.log.lines))
        self.assertEqual(self.simulated.steps, [])


class Waiting:
    """An API that does not answer, or answers with an exception."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def hang_up(self, uuid: str, *, region_url: str | None = None) -> None:
        """Wait."""
        if self.error is not None:
            raise self.error
        await Deferred()


class Background(SynchronousTestCase):
    """What becomes of requests in the background."""

    def outbound(self, api: Any) -> tuple[Outbound, RecordingLog]:
        """An outbound of an API, and its log."""
        log = RecordingLog()
        return Outbound(api, log), log

    def test_a_stop_ends_what_is_under_way(self) -> None:
        """Without a word: the process ends."""
        outbound, log = self.outbound(Waiting())
        waiting = outbound.hang_up(UUID)
        self.assertNoResult(waiting)
        outbound.stop()
        self.assertFalse(self.successResultOf(waiting))
        self.assertEqual(log.lines, [])

    def test_a_bug_of_ours_is_logged_as_one(self) -> None:
        """It ends neither the call nor the daemon."""
        outbound, log = self.outbound(Waiting(ValueError("a bug")))
        self.assertFalse(self.successResultOf(outbound.hang_up(UUID)))
        self.assertIn("a request to the REST API failed", str(log.lines))

    def test_what_the_api_refuses_is_a_warning(self) -> None:
        """In the sentence that it has."""
        outbound, log = self.outbound(Waiting(RestError("could not hang up")))
        outbound.hang_up(UUID)
        self.assertIn("could not hang up", str(log.lines))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"private_key": "k"},
            "--private-key: a private key is of an application: --application-id is missing",
        ),
        ({**GIVEN, "private_key": "none"}, "--private-key: 'none' cannot be read: No such file or directory"),
        ({**GIVEN, "private_key": "public.key"}, "--private-key: 'public.key' holds the public key"),
    ],
)
def test_a_key_that_cannot_be_used(given: dict[str, str], told: str, tmp_path: Path) -> None:
    """The daemon does not start, and a sentence says why."""
    (tmp_path / "public.key").write_bytes(public_pem())
    with pytest.raises(ConfigurationError) as caught:
        resolve(given, {}, lambda path: (tmp_path / path).read_bytes())
    (problem,) = caught.value.problems
    assert problem.startswith(told)


def test_a_key_that_is_gone_since_the_settings_were_read() -> None:
    """That is told in the same words."""
    with pytest.raises(ConfigurationError, match="k: 'k' cannot be read"):
        private_key(Path("/nowhere/k").read_bytes, "k", "k")


def test_without_a_key_nothing_is_asked() -> None:
    """There is nothing to ask with."""
    settings = resolve({"application_id": APPLICATION}, {}, Path.read_bytes)  # type: ignore[arg-type]  # nothing is read
    assert outbound_of(settings, Path(), None, RecordingLog()) is None


def test_a_daemon_with_a_key_says_where_it_asks(tmp_path: Path) -> None:
    """At the start, in a line; it has loaded the client then."""
    file = tmp_path / "private.key"
    file.write_bytes(private_pem())
    with Daemon("--application-id", APPLICATION, "--private-key", str(file)) as daemon:
        assert f"REST API    https://api.nexmo.com, as application {APPLICATION}" in daemon.log
        assert daemon.stop() == 0


def test_a_daemon_without_a_key_does_not_load_the_client() -> None:
    """Whoever places no calls does not pay for it."""
    script = (
        "import sys, echo.service.maker; print([name for name in ('treq', 'jwt') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
