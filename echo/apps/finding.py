"""
Apps that somebody else wrote: from a file while they are being written, and by entry point once they are installed.

A package brings an app by an entry point of the group ``echo.apps``, as in this part of its ``pyproject.toml``::

    [project.entry-points."echo.apps"]
    greeter = "my_package:Greeter"
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from inspect import isclass, isfunction
from pathlib import Path
from stat import S_ISREG
from types import ModuleType
from typing import TYPE_CHECKING, Final

from echo.apps.base import App
from echo.apps.kinds import maker_of
from echo.apps.table import NAMES, shipped
from echo.apps.tools import Tools
from echo.call.app import App as AnyApp
from echo.call.app import AppMaker, Call
from echo.errors import AppError
from echo.untrusted import clean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "echo.apps"

#: Characters of what an exception says, in a sentence.
_SHOWN: Final = 200


def installed() -> Mapping[str, EntryPoint]:
    """Tell which apps other packages bring; nothing of theirs is loaded."""
    from importlib.metadata import entry_points  # noqa: PLC0415  half a megabyte that most daemons do without

    return {point.name: point for point in entry_points(group=GROUP)}


def is_file(name: str) -> bool:
    """Tell the path of a file from the name of an app."""
    return "/" in name or name.endswith(".py")


def name_of(name: str) -> str:
    """Tell under which name calls may ask for an app: a file's is that of the file, without its ending."""
    return Path(name).stem if is_file(name) else name


def find(name: str, folder: Path, tools: Tools) -> AppMaker:
    """
    Find an app, and load it. Touches the disk, and runs code of others.

    Args:
        name: one that comes with echo, one that is installed, or a path.
        folder: where a relative path begins.
        tools: what the app works with.

    Raises:
        AppError: if there is none, or it cannot be loaded.
    """
    if is_file(name):
        return AppFile(folder / name, tools)
    if name in NAMES:
        return shipped(name, tools)
    point = installed().get(name)
    if point is None:
        raise AppError(f"there is no app {clean(name, _SHOWN)}")
    try:
        return maker_of(point.load(), name, tools)
    except AppError:
        raise
    except (Exception, SystemExit) as error:
        raise AppError(f"the app {name} cannot be loaded: {_told(error)}") from error


class AppFile:
    """
    An app in a file, loaded again when that changes: at the beginning of the next call.

    A version that cannot be loaded is told in the log, and the one before it answers on.
    """

    def __init__(self, path: Path, tools: Tools) -> None:
        """Load ``path``; an ``AppError`` where that fails."""
        self._path = path
        self._tools = tools
        self._shown = clean(str(path), 1024)
        self._version = self._current_version()
        self._maker = self._load()

    @property
    def lossless(self) -> bool:
        """As the app of the newest version says."""
        return self._maker.lossless

    def __call__(self, call: Call) -> AnyApp:
        """Answer ``call`` by the newest version that can be loaded."""
        self._refresh()
        return self._maker(call)

    def _refresh(self) -> None:
        try:
            version = self._current_version()
            if version == self._version:
                return
            self._version = version
            began = self._tools.reactor.seconds()
            self._maker = self._load()
            self._tell_again(self._tools.reactor.seconds() - began)
        except AppError as error:
            # The place is told, and the traceback would only add our own lines.
            self._tools.log.error(f"{error}; the last good version answers on")  # noqa: TRY400

    def _tell_again(self, seconds: float) -> None:
        if seconds * 1000 > self._tools.limits.app_budget_ms:
            kept = f"which took {seconds * 1000:.0f} ms and kept all calls waiting"
            self._tools.log.warn(f"{self._shown} was loaded again, {kept}")
        else:
            self._tools.log.info(f"{self._shown} was loaded again")

    def _current_version(self) -> tuple[int, int, int]:
        try:
            status = self._path.stat()
        except OSError as error:
            raise AppError(f"{self._shown} cannot be read: {error.strerror}") from None
        if not S_ISREG(status.st_mode):  # a pipe would keep all calls waiting
            raise AppError(f"{self._shown} is no file")
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _load(self) -> AppMaker:
        name = self._path.stem
        module = _module(self._path, f"echo_app_{name}", self._shown)
        app = _app_in(module, self._shown)
        try:
            return maker_of(app, name, self._tools)
        except AppError as error:
            raise AppError(f"{self._shown}: {error}") from None


def _module(path: Path, name: str, shown: str) -> ModuleType:
    """Run the file; what it imports from its own folder is found, as for a script."""
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise AppError(f"{shown} is no Python file: its name has to end in .py")
    module = module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module  # dataclasses look for their module there
    try:
        # Not by the loader: its cache of byte code goes by whole seconds, and would miss a quick edit.
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)  # noqa: S102  it is the operator's own
    except (Exception, SystemExit) as error:  # a script may end itself
        sys.modules.pop(name)
        if before is not None:
            sys.modules[name] = before
        raise AppError(f"{shown} cannot be loaded: {_told(error, str(path))}") from error
    return module


def _app_in(module: ModuleType, shown: str) -> object:
    """Choose what is the app in a file: what is called ``app``, or the only one that is made there."""
    if hasattr(module, "app"):
        return module.app
    own = [each for each in vars(module).values() if getattr(each, "__module__", None) == module.__name__]
    classes = [each for each in own if isclass(each) and issubclass(each, App)]
    functions = [each for each in own if isfunction(each) and not each.__name__.startswith("_")]
    found = classes or functions
    if len(found) != 1:
        names = ", ".join(each.__name__ for each in found) or "none"
        raise AppError(f"{shown} has to have one app, or to call one of them app; there are: {names}")
    return found[0]


def _told(error: BaseException, path: str = "") -> str:
    """Tell an exception in a few words, with the line of ``path`` that it came from."""
    said = clean(str(error), _SHOWN)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    place = f" in line {lines[-1]}" if lines else ""
    return f"{type(error).__name__}{place}: {said}" if said else f"{type(error).__name__}{place}"
