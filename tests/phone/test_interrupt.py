"""Ctrl-C on a real ``python -m echo.phone call``: it hangs up, tells what it knows, and goes."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from tests.conftest import ROOT


@contextmanager
def phone(*options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A call that is under way."""
    command = [sys.executable, "-m", "echo.phone", "call", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def echo() -> Iterator[tuple[str, threading.Event, list[int | None]]]:
    """An application that echoes: its socket, what tells that a call has lasted half a second, close codes."""
    lasted, codes = threading.Event(), list[int | None]()

    async def take(connection: ServerConnection) -> None:
        heard = 0
        async for message in connection:
            heard += 1
            if isinstance(message, bytes):
                await connection.send(message)
            if heard == 25:
                lasted.set()
        codes.append(connection.close_code)

    async def run(started: threading.Event, ports: list[int], stop: asyncio.Event) -> None:
        async with serve(take, "127.0.0.1", 0) as server:
            ports.append(next(iter(server.sockets)).getsockname()[1])
            started.set()
            await stop.wait()

    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    started, ports = threading.Event(), list[int]()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run(started, ports, stop)), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield f"ws://127.0.0.1:{ports[0]}/", lasted, codes
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def report_of(process: subprocess.Popen[bytes]) -> tuple[int, Any, list[str]]:
    """Interrupt a call; its exit status, its report and the lines on standard error."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    return process.returncode, json.loads(out), err.decode().splitlines()


def test_a_call_is_hung_up() -> None:
    """In a call Ctrl-C is the caller's goodbye: the report is whole, but a call that was cut short has not passed."""
    with (
        echo() as (url, lasted, codes),
        phone(url, "--json", "--hangup", "close", "--duration", "60") as process,
    ):
        assert lasted.wait(20)
        status, report, _ = report_of(process)

    assert (status, report["passed"], report["interrupted"]) == (2, False, True)
    assert (report["ended"]["by"], report["ended"]["code"]) == ("caller", 1000)
    assert codes == [1000]
    assert report["frames"]["in"] > 20


def test_a_question_is_given_up() -> None:
    """While an answer URL or a socket hangs, Ctrl-C is the end: one line, status 2."""
    for scheme in ("http", "ws"):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            url = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}/"
            with phone(url, "--json") as process:
                connection, _ = listening.accept()
                with connection:
                    assert connection.recv(10)
                    status, report, lines = report_of(process)

        assert (status, report["problem"]) == (2, "interrupted before the call was open")
        assert lines == [f"Calling {url} ..."]
