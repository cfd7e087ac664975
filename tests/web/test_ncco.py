"""Tests of echo.web.ncco: the answer URL."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from echo.errors import NccoError
from echo.ncco.build import SORRY
from echo.web import ncco
from echo.web.ncco_file import NccoFile
from tests.doubles import RecordingLog
from tests.face import Face, read_answer

CALL = {
    "to": "442079460000",
    "from": "447700900000",
    "uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "conversation_uuid": "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
}
QUERY = "&".join(f"{name}={value}" for name, value in CALL.items())


def write(path: Path, script: object) -> None:
    """Write an NCCO that is newer than any before it, whatever the file system's clock ticks in."""
    path.write_text(script if isinstance(script, str) else json.dumps(script))
    newer = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(newer, newer))


@pytest.mark.parametrize("path", ["/ncco", "/webhooks/answer"])
def test_the_default_script_greets_and_connects_here(path: str) -> None:
    """Without a file: a talk, then a connect to our socket with what the request tells of the call."""
    answer = Face().ask(f"{path}?{QUERY}")

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    talk, connect = answer.json()
    assert talk == {"action": "talk", "text": "Please wait while we connect you"}
    assert connect["eventUrl"] == ["http://echo.example/events"]
    assert connect["from"] == CALL["to"]
    (endpoint,) = connect["endpoint"]
    assert endpoint["type"] == "websocket"
    assert endpoint["uri"] == "ws://echo.example/socket"
    assert endpoint["content-type"] == "audio/l16;rate=16000"
    assert endpoint["headers"] == {"uuid": CALL["uuid"], "conversation_uuid": CALL["conversation_uuid"]}


def test_post_is_answered_like_get() -> None:
    """An application that chose POST gets the same script."""
    face = Face()

    posted = face.ask("/ncco", method="POST", body=json.dumps(CALL).encode())

    assert posted.json() == face.ask(f"/ncco?{QUERY}").json()


@pytest.mark.parametrize("body", [b"", b"  "])
def test_a_post_that_says_nothing_is_answered(body: bytes) -> None:
    """A call whose request tells nothing is still connected."""
    answer = Face().ask("/ncco", method="POST", body=body)

    assert answer.status == 200
    assert "from" not in answer.json()[1]


def test_a_post_that_is_no_object_is_refused() -> None:
    """A body that is no JSON object is 400 with a sentence."""
    answer = Face().ask("/ncco", method="POST", body=b"to=1")

    assert answer.status == 400
    assert answer.json()["error"]


def test_a_request_is_told_in_one_line() -> None:
    """The line names caller, number and the address that the call was sent to."""
    face = Face()

    face.ask(f"/ncco?{QUERY}")

    (line,) = face.log.at("info")
    for word in (CALL["from"], CALL["to"], CALL["conversation_uuid"], "ws://echo.example/socket"):
        assert word in line


def test_the_operators_script_is_filled_in(tmp_path: Path) -> None:
    """A file is served as it is, with its placeholders filled in."""
    path = tmp_path / "ncco.json"
    write(path, [{"action": "talk", "text": "${from} calls ${to}"}, {"action": "x", "uri": "${socket_url}"}])

    answer = Face(ncco_file=NccoFile(path, RecordingLog())).ask(f"/ncco?{QUERY}")

    assert answer.json() == [
        {"action": "talk", "text": f"{CALL['from']} calls {CALL['to']}"},
        {"action": "x", "uri": "ws://echo.example/socket"},
    ]


def test_a_changed_script_is_served_at_once(tmp_path: Path) -> None:
    """The next request after a change gets the new script."""
    path = tmp_path / "ncco.json"
    write(path, [{"action": "talk", "text": "old"}])
    face = Face(ncco_file=NccoFile(path, RecordingLog()))

    write(path, [{"action": "talk", "text": "new"}])

    assert face.ask("/ncco").json() == [{"action": "talk", "text": "new"}]


@pytest.mark.parametrize("broken", ["no json", "{}", "[{}]", None])
def test_a_broken_script_leaves_the_last_good_one_in_service(tmp_path: Path, broken: str | None) -> None:
    """A version that cannot be used, or a file that is gone, is reported once and does not end the service."""
    path, log = tmp_path / "ncco.json", RecordingLog()
    write(path, [{"action": "talk", "text": "good"}])
    face = Face(ncco_file=NccoFile(path, log))

    path.unlink() if broken is None else write(path, broken)
    answers = [face.ask("/ncco").json() for _ in range(3)]

    assert answers == [[{"action": "talk", "text": "good"}]] * 3
    (line,) = log.at("error")
    assert str(path) in line


def test_a_script_that_could_not_be_read_for_a_moment_is_read_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk or a permission that fails once costs one reading, not the new version."""
    path, log = tmp_path / "ncco.json", RecordingLog()
    write(path, [{"action": "old"}])
    file = NccoFile(path, log)
    write(path, [{"action": "new, and longer"}])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "denied")))
        assert file.refresh().actions == ({"action": "old"},)

    assert file.refresh().actions == ({"action": "new, and longer"},)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    """A pipe in the file's place, which might never end, leaves the last good version in service."""
    path, log = tmp_path / "ncco.json", RecordingLog()
    write(path, [{"action": "talk"}])
    face = Face(ncco_file=NccoFile(path, log))
    path.unlink()
    os.mkfifo(path)

    assert face.ask("/ncco").json() == [{"action": "talk"}]
    assert log.at("error") == [f"{path}: it is not a file; the last good version stays in service"]


def test_a_stopping_daemon_apologises() -> None:
    """A call that comes while none is taken hears so, and is not sent to a socket that would refuse it."""
    face = Face()
    face.is_open = False
    answer = face.ask(f"/ncco?{QUERY}")
    assert answer.status == 200
    assert answer.json() == [{"action": "talk", "text": SORRY}]
    assert face.log.at("info")[-1].endswith("no call is taken now, so it gets the busy NCCO")


def test_a_stopping_daemon_hands_out_the_operators_script(tmp_path: Path) -> None:
    """Where somebody else behind the balancer takes the call, the operator's file says how to get there."""
    path = tmp_path / "busy.json"
    write(path, [{"action": "x", "uri": "${socket_url}", "to": "${to}"}])
    face = Face(public_url="https://echo.example.com", busy_file=NccoFile(path, RecordingLog()))
    assert len(face.ask(f"/ncco?{QUERY}").json()) == 2
    face.is_open = False
    assert face.ask(f"/ncco?{QUERY}").json() == [
        {"action": "x", "uri": "wss://echo.example.com/socket", "to": CALL["to"]}
    ]


def test_a_mended_script_is_served_again(tmp_path: Path) -> None:
    """After a broken version the next good one is taken, and said to be."""
    path, log = tmp_path / "ncco.json", RecordingLog()
    write(path, [{"action": "talk"}])
    face = Face(ncco_file=NccoFile(path, log))
    write(path, "broken")
    face.ask("/ncco")

    write(path, [{"action": "mended, and longer"}])

    assert face.ask("/ncco").json() == [{"action": "mended, and longer"}]
    assert any("read again" in line for line in log.at("info"))


def test_a_script_that_is_none_does_not_start(tmp_path: Path) -> None:
    """At the start a broken file is an error with file and place."""
    path = tmp_path / "ncco.json"
    write(path, [{"action": "talk"}, {"text": "what to do?"}])

    with pytest.raises(NccoError) as caught:
        NccoFile(path, RecordingLog())

    assert caught.value.source == str(path)
    assert caught.value.path.startswith("$[1]")


def test_a_misspelt_placeholder_is_warned_of(tmp_path: Path) -> None:
    """A name in ``${}`` that is none of ours is told at the start and left alone."""
    path, log = tmp_path / "ncco\x1b.json", RecordingLog()
    write(path, [{"action": "talk", "text": "${soket_url}"}])

    face = Face(ncco_file=NccoFile(path, log))

    assert "soket_url" in log.at("warn")[0]
    assert log.at("warn")[0].isprintable()
    assert face.ask("/ncco").json()[0]["text"] == "${soket_url}"


class SlowDisk:
    """A thread whose work is not done before it is told to be."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Any, Deferred[Any]]] = []

    def __call__(self, work: Any) -> Deferred[Any]:
        """Take on ``work``."""
        done: Deferred[Any] = Deferred()
        self.waiting.append((work, done))
        return done

    def finish(self, result: Any = None) -> None:
        """Finish the oldest work, with ``result`` instead of its own where that is an exception."""
        work, done = self.waiting.pop(0)
        if isinstance(result, Exception):
            done.errback(result)
        else:
            done.callback(work())


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Face, SlowDisk]:
    """A face whose NCCO lies on a disk that takes its time."""
    path, disk = tmp_path / "ncco.json", SlowDisk()
    write(path, [{"action": "talk"}])
    monkeypatch.setattr("tests.face.maybeDeferred", disk)
    return Face(ncco_file=NccoFile(path, RecordingLog())), disk


REQUEST = b"GET /ncco HTTP/1.1\r\nHost: a\r\n\r\n"


def test_a_slow_disk_holds_up_its_request_only(slow: tuple[Face, SlowDisk]) -> None:
    """While the disk works, others are answered; then the request gets its script."""
    face, disk = slow
    wire = face.connect()
    wire.receive(REQUEST)
    assert wire.taken() == b""

    assert face.ask("/health").status == 200
    disk.finish()

    assert read_answer(wire.taken()).json() == [{"action": "talk"}]


def test_a_disk_that_does_not_answer_costs_the_caller_nothing(slow: tuple[Face, SlowDisk]) -> None:
    """After two seconds the script that is known already is served: the provider waits five."""
    face, disk = slow
    wire = face.connect()
    wire.receive(REQUEST)

    face.clock.advance(ncco.DISK_PATIENCE)

    assert read_answer(wire.taken()).json() == [{"action": "talk"}]
    disk.finish()
    assert wire.taken() == b""


def test_a_caller_who_did_not_wait_gets_no_answer(slow: tuple[Face, SlowDisk]) -> None:
    """A connection that is gone by the time the disk answers is left alone."""
    face, disk = slow
    wire = face.connect()
    wire.receive(REQUEST)
    wire.lose()

    disk.finish()

    assert wire.taken() == b""


def test_head_of_a_slow_script_has_its_length_and_no_body(slow: tuple[Face, SlowDisk]) -> None:
    """HEAD is answered as GET is, later too."""
    face, disk = slow
    wire = face.connect()
    wire.receive(b"HEAD" + REQUEST[3:])

    disk.finish()

    answer = read_answer(wire.taken(), "HEAD")
    assert (answer.body, answer.headers["content-length"]) == (b"", str(len(b'[{"action": "talk"}]\n')))


def test_a_bug_is_a_500_and_a_traceback_in_the_log(slow: tuple[Face, SlowDisk]) -> None:
    """An exception that nobody expected is logged, and the peer learns nothing of it."""
    face, disk = slow
    wire = face.connect()
    wire.receive(REQUEST)

    disk.finish(RuntimeError("secret"))

    answer = read_answer(wire.taken())
    assert (answer.status, answer.json()) == (500, {"error": "internal error"})
    assert len(face.log.at("failure")) == 1


def test_a_doubtful_file_is_served_and_warned_of(tmp_path: Path) -> None:
    """What the linter finds is told by its place, at the start and after each change; the file is served."""
    path, log = tmp_path / "ncco.json", RecordingLog()
    write(path, [{"action": "talk", "txt": "x"}])
    file = NccoFile(path, log)

    told = log.at("warn")
    assert len(told) == 1
    assert told[0].endswith('ncco.json: $[0]: "text" is missing; did you mean it by "txt"?')
    write(path, [{"action": "tlak"}])
    assert file.refresh().actions == ({"action": "tlak"},)
    assert 'did you mean "talk"?' in log.at("warn")[-1]


def endpoint_of(face: Face, query: str = "", **request: Any) -> dict[str, Any]:
    """The endpoint of the script that a request is answered with."""
    answer = face.ask(f"/ncco{query}", **request)
    assert answer.status == 200
    endpoint: dict[str, Any] = answer.json()[1]["endpoint"][0]
    return endpoint


def test_the_answer_url_chooses_the_app() -> None:
    """A name that calls may choose becomes a header of the endpoint, by GET and by POST."""
    face = Face(apps=("parrot", "echo"))
    assert endpoint_of(face, "?app=parrot")["headers"] == {"app": "parrot"}
    headers = endpoint_of(face, f"?app=parrot&{QUERY}")["headers"]
    assert headers == {"app": "parrot", "uuid": CALL["uuid"], "conversation_uuid": CALL["conversation_uuid"]}
    posted = endpoint_of(face, "?app=echo", method="POST", body=json.dumps(CALL).encode())
    assert posted["headers"]["app"] == "echo"


def test_the_answer_url_names_the_room() -> None:
    """A name becomes a header, too; what is none is left out."""
    assert endpoint_of(Face(), "?room=board%20room")["headers"] == {"room": "board room"}
    for name in ("", "%0a", "%20x", "x" * 65, "%ff"):
        assert "headers" not in endpoint_of(Face(), f"?room={name}")


@pytest.mark.parametrize("name", ["oracle", "..%2Fparrot", "parrot.py", "", "%ff%0a", "Parrot"])
def test_what_may_not_be_chosen_is_left_out(name: str) -> None:
    """The call is answered all the same, and the log says why it is not as it was asked for."""
    face = Face(apps=("parrot",))
    assert "headers" not in endpoint_of(face, f"?app={name}")
    line, _ = face.log.at("info")
    assert line.startswith("?app=")
    assert line.endswith(": --apps does not allow it; the call is answered all the same")


def test_the_operators_script_names_the_app_where_it_wants(tmp_path: Path) -> None:
    """``${app}`` is what the answer URL has chosen, or nothing; ``${room}`` likewise."""
    path = tmp_path / "script.json"
    headers = {"app": "${app}", "room": "${room}"}
    write(path, [{"action": "connect", "endpoint": [{"type": "websocket", "headers": headers}]}])
    face = Face(ncco_file=NccoFile(path, RecordingLog()), apps=("bridge",))
    asked = face.ask("/ncco?app=bridge&room=7").json()[0]["endpoint"][0]["headers"]
    assert asked == {"app": "bridge", "room": "7"}
    assert face.ask("/ncco").json()[0]["endpoint"][0]["headers"] == {"app": "", "room": ""}
