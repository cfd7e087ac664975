"""The servers that are compared: each echoes binary messages, on a port of its own, on one core."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import building
from bench.processes import Server

#: The one that everything is told as a multiple of.
YARDSTICK = "c"

#: Ours, as it is by default.
OURS = "echo"

#: Ours, where every call is recorded: into its own folder, which is gone with it.
RECORDING = "echo-record"


@dataclass(frozen=True)
class Peer:
    """
    One server.

    Attributes:
        name: one word, for the command line and the results.
        title: what the tables call it.
        command: makes the command that runs it, of the port and options for our daemon; raises
            :class:`bench.building.MissingError` where it cannot run.
        path: of the WebSocket.
        tls: whether it is reached by TLS.
        is_ours: whether it is our daemon, which takes options.
    """

    name: str
    title: str
    command: Callable[[int, Sequence[str]], Sequence[str]]
    path: str = "/"
    tls: bool = False
    is_ours: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, port: int, core: int | None, options: Sequence[str] = ()) -> Server:
        """Start it; ``options`` are those of our daemon, other peers have none."""
        return Server(self.command(port, options), port, self.environment, core)


def _yardstick(port: int, _: Sequence[str]) -> list[str]:
    return [str(building.echo_program()), str(port)]


def _python(script: str) -> Callable[[int, Sequence[str]], Sequence[str]]:
    return lambda port, _: [str(building.python_peers()), str(building.PEERS / script), str(port)]


def _node(script: str) -> Callable[[int, Sequence[str]], Sequence[str]]:
    def command(port: int, _: Sequence[str]) -> list[str]:
        building.node_peers()
        return ["node", str(building.PEERS / script), str(port)]

    return command


def _daemon(*own: str) -> Callable[[int, Sequence[str]], Sequence[str]]:
    def command(port: int, options: Sequence[str]) -> list[str]:
        twistd = [str(Path(sys.executable).parent / "twistd"), "-n", "--pidfile=", "--no_save"]
        return [*twistd, "echo", "--port", str(port), "--interface", "127.0.0.1", *own, *options]

    return command


def _daemon_on(loop: str) -> Callable[[int, Sequence[str]], Sequence[str]]:
    def command(port: int, options: Sequence[str]) -> list[str]:
        script = building.PEERS / "echo_on_asyncio.py"
        place = ["--port", str(port), "--interface", "127.0.0.1"]
        return [str(building.python_peers()), str(script), loop, *place, *options]

    return command


def _daemon_tls(port: int, options: Sequence[str]) -> list[str]:
    twistd = [str(Path(sys.executable).parent / "twistd"), "-n", "--pidfile=", "--no_save"]
    return [*twistd, "echo", "--port", f"tls:{building.certificates()}:{port}:interface=127.0.0.1", *options]


def tree(given: str) -> dict[str, str]:
    """
    Where our daemon is found: below the given PYTHONPATH, and else in this tree.

    Args:
        given: as in the environment; relative to here, while the daemon runs in a folder of its own.
    """
    folders = [os.path.abspath(folder) for folder in given.split(os.pathsep) if folder]  # noqa: PTH100  links stay
    return {"PYTHONPATH": os.pathsep.join([*folders, str(building.ROOT)])}


_TREE = tree(os.environ.get("PYTHONPATH", ""))


def _node_path() -> dict[str, str]:
    return {"NODE_PATH": str(building.BUILT / "node" / "node_modules")}


PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer(YARDSTICK, "C, epoll", _yardstick),
        Peer("picows", "picows on uvloop", _python("on_picows.py")),
        Peer("ws", "npm ws", _node("ws.js"), environment=_node_path()),
        Peer("websocket", "npm websocket", _node("websocket.js"), environment=_node_path()),
        Peer("websockets", "websockets on uvloop", _python("on_websockets.py")),
        Peer("autobahn", "Autobahn on Twisted", _python("on_autobahn.py")),
        Peer(OURS, "echo", _daemon(), "/socket", is_ours=True, environment=_TREE),
        Peer("echo-tls", "echo, TLS", _daemon_tls, "/socket", tls=True, is_ours=True, environment=_TREE),
        Peer(
            "echo-pause",
            "echo, --when-slow pause",
            _daemon("--when-slow", "pause"),
            "/socket",
            is_ours=True,
            environment=_TREE,
        ),
        Peer(
            RECORDING,
            "echo, --record",
            _daemon("--record", "recordings"),
            "/socket",
            is_ours=True,
            environment=_TREE,
        ),
        *(
            Peer(
                f"echo-{loop}",
                f"echo, reactor on {loop}",
                _daemon_on(loop),
                "/socket",
                is_ours=True,
                environment=_TREE,
            )
            for loop in ("asyncio", "uvloop")
        ),
    )
}


def prepare(names: Sequence[str]) -> dict[str, str]:
    """Build and install what these peers need; returns the reasons of those that cannot run."""
    missing: dict[str, str] = {}
    for name in names:
        try:
            PEERS[name].command(1, ())
        except building.MissingError as reason:
            missing[name] = str(reason)
    return missing
