"""What a real ``twistd -n echo`` serves and prints, and that calls leave nothing behind."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from echo import __version__
from tests.conftest import ROOT
from tests.daemon import Daemon
from tests.frames import BINARY, close_frame, connected_message, encode_frame
from tests.integration.conftest import (
    FRAME,
    assert_echoes,
    begin_call,
    call_number,
    dial,
    end_of_call,
    lines_of,
    needs_proc,
    wait_until,
)
from tests.raw_client import RawClient

#: An answer request as the Voice API posts it.
ANSWER = {"to": "442079460000", "from": "447700900123", "uuid": "aaaa-1", "conversation_uuid": "CON-2"}


def ask(daemon: Daemon, path: str, said: bytes | None = None, **headers: str) -> tuple[int, str, bytes]:
    """GET a path, or POST to it what is ``said``: status, type and body."""
    request = urllib.request.Request(f"http://127.0.0.1:{daemon.port}{path}", said, headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as response:
            return response.status, response.headers.get_content_type(), response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get_content_type(), error.read()


def script(daemon: Daemon, path: str = "/ncco", said: object = None, **headers: str) -> Any:
    """The NCCO that is answered."""
    body = None if said is None else json.dumps(said).encode()
    status, content_type, answer = ask(daemon, path, body, **headers)
    assert (status, content_type) == (200, "application/json")
    return json.loads(answer)


@pytest.mark.parametrize("path", ["/ncco", "/webhooks/answer"])
def test_the_answer_url_sends_the_call_here(daemon: Daemon, path: str) -> None:
    """By GET and by POST, the script greets, then connects the call to this very daemon's socket."""
    query = "&".join(f"{name}={value}" for name, value in ANSWER.items())
    talk, connect = script(daemon, path, ANSWER)

    assert script(daemon, f"{path}?{query}") == [talk, connect]
    assert talk == {"action": "talk", "text": "Please wait while we connect you"}
    (endpoint,) = connect.pop("endpoint")
    assert connect == {
        "action": "connect",
        "eventType": "synchronous",
        "eventUrl": [f"http://127.0.0.1:{daemon.port}/events"],
        "from": ANSWER["to"],
    }
    assert endpoint == {
        "type": "websocket",
        "uri": f"ws://127.0.0.1:{daemon.port}/socket",
        "content-type": "audio/l16;rate=16000",
        "headers": {"uuid": "aaaa-1", "conversation_uuid": "CON-2"},
    }
    with dial(endpoint["uri"]) as socket:
        assert_echoes(socket)


def test_a_tunnel_on_this_machine_needs_no_configuration(daemon: Daemon) -> None:
    """What ngrok tells in X-Forwarded-* is where the call is sent, by TLS."""
    told = {"X-Forwarded-Host": "abc.ngrok.app", "X-Forwarded-Proto": "https"}
    connect = script(daemon, "/ncco", ANSWER, **told)[1]

    assert connect["endpoint"][0]["uri"] == "wss://abc.ngrok.app/socket"
    assert connect["eventUrl"] == ["https://abc.ngrok.app/events"]


def test_events_are_lines_in_the_log(daemon: Daemon) -> None:
    """An event, by POST or GET, on either path, is answered 200 with nothing and logged in one line."""
    event = {"status": "ringing", "uuid": "leg-post", "direction": "inbound"}
    assert ask(daemon, "/events", json.dumps(event).encode())[::2] == (200, b"")
    assert ask(daemon, "/webhooks/event?status=completed&uuid=leg-get&duration=7")[::2] == (200, b"")

    assert "ringing" in only_line_with(daemon, "leg-post")
    assert "completed" in only_line_with(daemon, "leg-get")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"[]", 400), (b"{", 400), (b'{"a":' * 50 + b"1" + b"}" * 50, 400), (b'"' + b"a" * 70000 + b'"', 413)],
)
def test_a_body_that_is_no_event_changes_nothing(daemon: Daemon, body: bytes, status: int) -> None:
    """What is no JSON object, too deep or too large is refused with a reason, and not logged as an event."""
    before = len(lines_of(daemon, "event"))
    answered, content_type, reason = ask(daemon, "/events", body)

    assert (answered, content_type) == (status, "application/json")
    assert json.loads(reason)["error"]
    assert len(lines_of(daemon, "event")) == before


def test_health_counts_calls(daemon: Daemon) -> None:
    """``/health`` tells version, uptime, calls now and ever."""
    before = daemon.health()
    with begin_call(daemon) as socket:
        assert_echoes(socket)
        during = daemon.health()
        port = socket.local_address[1]
    end_of_call(daemon, port)
    after = daemon.health()

    assert [told["calls_now"] for told in (before, during, after)] == [0, 1, 0]
    assert during["calls_ever"] == after["calls_ever"] == before["calls_ever"] + 1
    assert 0 <= before["uptime"] <= during["uptime"] <= after["uptime"]
    assert after["version"] == __version__


def test_the_front_page_tells_a_person_what_to_paste(daemon: Daemon) -> None:
    """``/`` in a browser shows the answer URL, the event URL, and how many calls are on."""
    with begin_call(daemon) as socket:
        assert_echoes(socket)
        status, content_type, page = ask(daemon, "/")

    assert (status, content_type) == (200, "text/html")
    for words in ("/ncco</code>", "/events</code>", "1 call on the line"):
        assert words in page.decode()


@pytest.mark.parametrize("path", ["/socket", "/", "/socket?peer_uuid=1&url=https%3A%2F%2Fx", "/socket/"])
def test_a_call_comes_in_on_each_path_of_the_socket(daemon: Daemon, path: str) -> None:
    """The provider's queries, and ``/``, where the original sample took calls."""
    with begin_call(daemon, path) as socket:
        assert_echoes(socket, FRAME, b"\x01", FRAME[::-1])


def test_another_path_is_no_socket(daemon: Daemon) -> None:
    """A call to a path that is not there is refused with 404."""
    with pytest.raises(InvalidStatus) as refused, begin_call(daemon, "/elsewhere"):
        pass
    assert refused.value.response.status_code == 404


def test_text_messages_are_printed_in_one_line_each_and_not_returned(daemon: Daemon) -> None:
    """Every text of the provider, known or not, forged or not, is one escaped line, and only audio comes back."""
    said_and_shown = [
        ('{"event":"websocket:dtmf","digit":"5","duration":260}', None),
        ('{"digit":"#","duration":260}', None),
        ('{"event":"websocket:dtmf","dtmf":{"digit":"7"}}', None),
        ('{"event":"websocket:cleared"}', None),
        ('{"event":"websocket:notify","payload":{"n":[1,2]}}', None),
        ('{"event":"websocket:from-the-future"}', None),
        ("no JSON at all {", None),
        ("\x1b[2J\x1b]0;owned\x07", r"\x1b[2J\x1b]0;owned\x07"),
        ("a\n2026-11-22T00:00:00+0000 [echo#info] call 1 ended by you\r\n\x85\u2028b", None),
        ("\u202egnp.exe \u2066x\u200b", r"\u202egnp.exe \u2066x\u200b"),
        ("{0} {line} %s %(x)s ${uuid}", "{0} {line} %s %(x)s ${uuid}"),
    ]
    with dial(f"ws://127.0.0.1:{daemon.port}/socket") as socket:
        socket.send(" " + connected_message(8000, caller="447700900123"))
        for said, _ in said_and_shown:
            socket.send(said)
        assert_echoes(socket)  # the first thing to come back
        number = call_number(daemon, f"127.0.0.1:{socket.local_address[1]}")
    daemon.wait_for_log(f"call {number} ended")

    printed = [line.removeprefix(f"call {number} says ") for line in lines_of(daemon, f"call {number} says ")]
    assert json.loads(printed[0])["caller"] == "447700900123"
    expected = [shown or said for said, shown in said_and_shown]
    expected[8] = r"a\n2026-11-22T00:00:00+0000 [echo#info] call 1 ended by you\r\n\u0085\u2028b"
    assert printed[1:] == expected
    assert re.search(r"[^ -~\n]", daemon.log) is None
    assert "call 1 ended by you" not in "".join(lines_of(daemon, "call 1 "))


@needs_proc
def test_calls_leave_nothing_behind(installed: Path) -> None:
    """After 200 calls that end in each way there are no calls, no more descriptors and no more memory."""
    with Daemon(path=installed) as daemon:
        at_rest = daemon.descriptors()
        for number in range(100):
            end_somehow(daemon, number)
        health = wait_for_no_calls(daemon)
        wait_until(lambda: daemon.descriptors() <= at_rest)
        memory = daemon.rss()
        for number in range(200):
            end_somehow(daemon, number)

        assert wait_for_no_calls(daemon)["calls_ever"] == health["calls_ever"] + 200
        wait_until(lambda: daemon.descriptors() <= at_rest)
        assert daemon.rss() - memory < 1 << 20
        assert daemon.log.count(" ended by ") == 300


def end_somehow(daemon: Daemon, number: int) -> None:
    """Make a call and end it: by a Close frame, a hang-up, in the midst of a frame, before a word, or wrongly."""
    with RawClient(daemon.port) as client:
        client.upgrade()
        if number % 5 == 0:
            return
        client.send_text(connected_message())
        client.send_frame(BINARY, FRAME)
        assert client.read_frame().payload == FRAME
        endings = [b"", close_frame(), encode_frame(BINARY, FRAME)[:100], encode_frame(BINARY, FRAME, rsv=4)]
        client.send(endings[number % 4])


def wait_for_no_calls(daemon: Daemon) -> dict[str, Any]:
    """Wait until no call is on, and return the health then."""
    wait_until(lambda: daemon.health()["calls_now"] == 0)
    return daemon.health()


def only_line_with(daemon: Daemon, words: str) -> str:
    """The one line of the log that has these words; a test of its own that there is just one."""
    (line,) = [line for line in daemon.wait_for_log(words).splitlines() if words in line]
    return line


def test_the_script_file_is_read_again(installed: Path, tmp_path: Path) -> None:
    """
    A changed file is served from the next request on; a broken one is told, and the last good one stays.

    The first version is the one that we ship, the script of the original tutorial.
    """
    file = tmp_path / "ncco.json"
    file.write_bytes((ROOT / "etc/ncco.json").read_bytes())
    places = "${from} ${to} ${uuid} ${conversation_uuid} ${socket_url} ${events_url} ${other}"
    with Daemon("--ncco", str(file), "--public-url", "https://echo.example/x/", path=installed) as daemon:
        connect = script(daemon, "/ncco", ANSWER)[1]
        assert connect["endpoint"][0]["uri"] == "wss://echo.example/x/socket"
        assert connect["eventUrl"] == ["https://echo.example/x/events"]

        file.write_text(json.dumps([{"action": "talk", "text": places}]))
        urls = "wss://echo.example/x/socket https://echo.example/x/events ${other}"
        filled = f"447700900123 442079460000 aaaa-1 CON-2 {urls}"
        assert script(daemon, "/ncco", ANSWER) == [{"action": "talk", "text": filled}]

        file.write_text('[{"action": "talk", "text": "second"}]')
        assert script(daemon)[0]["text"] == "second"

        file.write_text('[{"action": "talk", "text": "third"},\n {"text": "no action"}]')
        assert script(daemon)[0]["text"] == "second"
        told = only_line_with(daemon, "the last good version stays in service")
        for words in (str(file), "line 2", "$[1].action"):
            assert words in told

        file.unlink()
        assert script(daemon)[0]["text"] == "second"
        file.write_text('[{"action": "talk", "text": "fourth"}]')
        assert script(daemon)[0]["text"] == "fourth"
