"""Tests of echo.service.reload and echo.service.serving: what SIGHUP changes, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from echo.errors import ConfigurationError
from echo.service.reload import PATIENCE, Fresh, Reload, still, summary
from echo.service.settings import Settings, resolve
from tests.doubles import RecordingLog

OLD = resolve({"interface": "127.0.0.1"}, {}, lambda _: b"")


def given(**texts: str) -> Settings:
    """Settings that somebody gave, beside those of the start."""
    return resolve({"interface": "127.0.0.1", **texts}, {}, lambda _: b'[{"action": "talk"}]')


def fresh(settings: Settings, *, changed: tuple[str, ...] = (), port_factory: object = None) -> Fresh:
    """What was read again."""
    return Fresh(settings, {}, changed, port_factory)


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        ({}, "reloaded: nothing has changed"),
        ({"max_calls": "10"}, "reloaded: max_calls is 10 now (was 2000)"),
        ({"log_level": "debug"}, "reloaded: log_level is debug now (was info)"),
        (
            {"signature_secret": "hush"},
            "reloaded: socket_auth is token,vonage now (was none); the signature secrets have changed",
        ),
        ({"unsigned": "reject"}, "reloaded: unsigned is reject now (was retry)"),
        ({"application_id": "a-1"}, "reloaded: application_id is a-1 now (was not set)"),
        ({"token_timeout": "60"}, "reloaded: token_timeout is 60 now (was 600)"),
        ({"drain": "3600"}, "reloaded: drain is 3600 now (was 30)"),
        ({"ncco": "a.json"}, "reloaded: ncco is a.json now (was not set)"),
        (
            {"trusted_proxies": "10.0.0.0/8,::2", "app": "reflect"},
            "reloaded: trusted_proxies is 10.0.0.0/8,::2/128 now (was not set); app is reflect now (was echo)",
        ),
        ({"port": "9000"}, "reloaded: nothing has changed; port cannot change before a restart"),
        (
            {"port": "9000", "interface": "127.0.0.2", "max_body": "1"},
            "reloaded: max_body is 1 now (was 65536); port, interface cannot change before a restart",
        ),
    ],
)
def test_one_line_tells_what_has_changed(texts: Mapping[str, str], line: str) -> None:
    """Each setting with its old and its new value, and those that have to wait."""
    assert summary(OLD, fresh(given(**texts))) == line


def test_the_application_of_a_key_changes_with_it() -> None:
    """The REST client has been made of both."""
    old = replace(OLD, application_id="a-1", private_key="key.pem")
    new = replace(old, application_id="a-2")
    assert summary(old, fresh(new)) == (
        "reloaded: nothing has changed; application_id cannot change before a restart"
    )
    assert still(old, new).application_id == "a-1"


def test_a_line_tells_of_files_too() -> None:
    """A script and certificates that are others under the same name are told."""
    before = given(ncco="/etc/echo/ncco.json")

    told = summary(before, fresh(before, changed=("ncco",), port_factory=object()))

    assert told == "reloaded: /etc/echo/ncco.json was read again; the certificates were read again"


class Pulse:
    """What a service manager would hear of reloads."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def reloading(self) -> None:
        """Hear that one begins."""
        self.told.append("reloading")

    def ready(self) -> None:
        """Hear that it is over."""
        self.told.append("ready")


class Reloads:
    """Reloads with a disk that answers when told to."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.log = RecordingLog()
        self.pulse = Pulse()
        self.put: list[Settings] = []
        self.reading: list[Deferred[Fresh]] = []
        self.reload = Reload(
            reactor=self.clock,
            settings=OLD,
            read=lambda: fresh(OLD),
            put=lambda new: self.put.append(new.settings),
            in_thread=self._in_thread,
            pulse=self.pulse,  # type: ignore[arg-type]  # as much of one as is needed
            log=self.log,
        )

    def _in_thread(self, _read: object) -> Deferred[Fresh]:
        self.reading.append(Deferred())
        return self.reading[-1]

    def answer(self, what: Fresh | Exception) -> None:
        """Let the disk answer what was asked last."""
        if isinstance(what, Exception):
            self.reading[-1].errback(what)
        else:
            self.reading[-1].callback(what)


def test_new_settings_are_put_in_service() -> None:
    """Once they are read they count, one line tells which, and the service manager knows when."""
    reloads = Reloads()
    new = given(max_calls="10")

    reloads.reload()
    assert (reloads.put, reloads.pulse.told) == ([], ["reloading"])
    reloads.answer(fresh(new))

    assert (reloads.put, reloads.pulse.told) == ([new], ["reloading", "ready"])
    assert reloads.log.lines == [("info", "reloaded: max_calls is 10 now (was 2000)")]
    assert reloads.clock.getDelayedCalls() == []


def test_what_is_wrong_leaves_everything_as_it_was() -> None:
    """One sentence tells what is wrong, and that nothing has changed."""
    reloads = Reloads()
    reloads.reload()

    reloads.answer(ConfigurationError(["rate in a.toml: '1' is wrong", "--ncco: 'b' is, too"]))

    assert (reloads.put, reloads.pulse.told) == ([], ["reloading", "ready"])
    assert reloads.log.lines == [
        (
            "error",
            "not reloaded, everything stays as it was: rate in a.toml: '1' is wrong; --ncco: 'b' is, too",
        )
    ]


def test_a_disk_that_does_not_answer_is_given_up() -> None:
    """After half a minute the old values stay, and what comes later is not looked at."""
    reloads = Reloads()
    reloads.reload()

    reloads.clock.advance(PATIENCE)

    assert (reloads.put, reloads.pulse.told) == ([], ["reloading", "ready"])
    (line,) = reloads.log.at("error")
    assert line == "not reloaded, everything stays as it was: the disk did not answer within 30 s"


def test_a_bug_leaves_everything_as_it_was() -> None:
    """It is told with its traceback, and the next reload is done."""
    reloads = Reloads()
    reloads.reload()

    reloads.answer(ZeroDivisionError())

    assert reloads.log.lines == [("failure", "reloading failed")]
    assert reloads.log.exceptions == ["ZeroDivisionError"]
    reloads.reload()
    assert len(reloads.reading) == 2
    reloads.answer(fresh(OLD))


def test_one_at_a_time_and_none_is_lost() -> None:
    """Who asks twice while the disk is read gets one more reading, since it may have read already."""
    reloads = Reloads()
    reloads.reload()
    reloads.reload()
    reloads.reload()
    assert len(reloads.reading) == 1

    reloads.answer(fresh(OLD))
    assert len(reloads.reading) == 2
    reloads.answer(fresh(OLD))

    assert len(reloads.reading) == 2
    assert reloads.pulse.told == ["reloading", "ready"] * 2


def test_the_next_line_compares_with_the_last() -> None:
    """What was put in service is what the next reload is compared with; what waits for a restart goes on waiting."""
    reloads = Reloads()
    for _ in range(2):
        reloads.reload()
        reloads.answer(fresh(given(max_calls="10", port="9000")))

    waiting = "port cannot change before a restart"
    assert reloads.log.at("info") == [
        f"reloaded: max_calls is 10 now (was 2000); {waiting}",
        f"reloaded: nothing has changed; {waiting}",
    ]


def test_a_quieter_log_still_tells_that_it_is_one() -> None:
    """The line that says that only errors are written is written before that counts."""
    reloads = Reloads()
    written: list[bool] = []
    reloads.reload._put = lambda _: written.append(bool(reloads.log.lines))

    for level in ("error", "debug"):
        reloads.reload()
        reloads.answer(fresh(given(log_level=level)))

    assert written == [True, True]
    assert reloads.log.at("info") == [
        "reloaded: log_level is error now (was info)",
        "reloaded: log_level is debug now (was error)",
    ]
