"""
The REST API, open on this machine for as long as there are calls.

An application reaches it by the ``region_url`` of its answer webhook, or by whatever it has for the API's address.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from echo.errors import PhoneError
from echo.phone.conduct import Conditions, call_can_be_made, conduct
from echo.phone.control import Control
from echo.phone.dial import identity_of
from echo.phone.order import ApiOrder, CallOrder
from echo.phone.provider.rest.face import Api, listen
from echo.phone.provider.rest.faults import parse_fault
from echo.phone.provider.rest.switchboard import Switchboard
from echo.phone.provider.rest.trust import Trust, parse_public_key
from echo.phone.reactor import Stop, run
from echo.phone.show.live import Watcher
from echo.phone.verdict.report import Report
from echo.phone.words import PATH_LENGTH, shown

#: A key has some two kilobytes.
_MOST = 65536


def read_public_key(path: str) -> Any:
    """Read the application's key; ``PhoneError`` where it is none."""
    try:
        with Path(path).open("rb") as file:
            return parse_public_key(file.read(_MOST))
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except ValueError as error:
        problem = str(error)
    raise PhoneError(f"{shown(path, PATH_LENGTH)} {problem}")


@asynccontextmanager
async def open_api(
    reactor: Any, order: ApiOrder, switchboard: Switchboard, step: Callable[[str], None]
) -> AsyncIterator[str]:
    """Serve the API of ``switchboard`` for a while; gives its URL. ``PhoneError`` where that cannot be."""
    trust = Trust(read_public_key(order.public_key), now=time.time, application_id=order.application_id)
    faults = [parse_fault(text) for text in order.faults]
    port = listen(reactor, order.port, Api(reactor, switchboard, trust, faults=faults, step=step))
    try:
        yield f"http://127.0.0.1:{port.getHost().port}"
    finally:
        await port.stopListening()


async def call_with_api(
    reactor: Any, stop: Stop, order: CallOrder, api: ApiOrder, watcher: Watcher
) -> Report:
    """Make a call on which an application may act; ``PhoneError`` as for any call."""
    call_can_be_made(order)
    switchboard = Switchboard()
    async with open_api(reactor, api, switchboard, watcher.step) as url:
        watcher.step(f"REST API at {url}: the application is told so as region_url")
        identity = replace(identity_of(order), region_url=url)
        conditions = Conditions(identity=identity, control=Control(switchboard, identity))
        return await conduct(reactor, order, watcher, stop, conditions)


def run_call_with_api(order: CallOrder, api: ApiOrder, watcher: Watcher) -> Report:
    """Do so on a reactor of its own; see :func:`echo.phone.conduct.run_call`."""
    return run(lambda reactor, stop: call_with_api(reactor, stop, order, api, watcher))
