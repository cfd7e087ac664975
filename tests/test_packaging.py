"""
What is built and installed is whole, and twistd finds it: wheel, source archive, editable install.

Only ``twistd`` itself, run elsewhere, shows that. ``getPlugins`` called in a checkout finds the plugin
whatever the packaging says, and so does a twistd in an environment that links the checkout: hence ``-S`` and
``cwd="/"``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from email import message_from_bytes, policy
from pathlib import Path
from zipfile import ZipFile

import pytest

import echo
from tests.conftest import ROOT, pip

PLUGIN = "twisted/plugins/echo_plugin.py"
TWISTD = Path(sys.executable).with_name("twistd")
SITE_PACKAGES = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])


def run_elsewhere(*command: str | Path, path: Path | None = None) -> str:
    """Run a Python with nothing but ``path`` and the libraries on its path; returns what it prints."""
    # -S: the environment's own .pth files, which may link the checkout, are not read
    environment = {"PYTHONPATH": os.pathsep.join(map(str, [*([path] if path else []), *SITE_PACKAGES]))}
    done = subprocess.run(
        [sys.executable, "-S", *command],
        cwd="/",
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def lists_echo(twistd_help: str) -> bool:
    """Whether the commands in the output of ``twistd --help`` contain echo."""
    return any(line.split()[:1] == ["echo"] for line in twistd_help.splitlines())


def files_below(folder: Path, *names: str) -> set[str]:
    """The files in these parts of a folder, caches aside."""
    found = (path for name in names for path in (folder / name).rglob("*") if path.is_file())
    left_out = {"__pycache__", "dropin.cache", "node_modules"}
    return {path.relative_to(folder).as_posix() for path in found if not left_out & set(path.parts)}


def test_an_installed_wheel_is_listed_by_twistd(installed: Path) -> None:
    """``twistd --help`` names echo, from any folder, once the wheel is installed."""
    assert lists_echo(run_elsewhere(TWISTD, "--help", path=installed))


def test_without_the_wheel_twistd_knows_no_echo() -> None:
    """The same run without the wheel does not list echo, so the test above tells something."""
    if any(Path(folder, PLUGIN).exists() for folder in SITE_PACKAGES):
        pytest.skip("echo itself is installed among the libraries")
    assert not lists_echo(run_elsewhere(TWISTD, "--help"))


def test_an_installed_wheel_tells_its_options(installed: Path) -> None:
    """``twistd echo --help`` works from the wheel: what the service imports is there."""
    assert "--port" in run_elsewhere(TWISTD, "echo", "--help", path=installed)


def test_an_installed_wheel_has_the_phone(installed: Path) -> None:
    """``echo-phone`` is a command of the wheel, with the schema of the linter beside it."""
    assert "torture" in run_elsewhere("-m", "echo.phone", "--help", path=installed)
    assert "passed" in run_elsewhere("-m", "echo.phone", "check", ROOT / "etc/ncco.json", path=installed)


def test_an_editable_install_is_listed_by_twistd(tree: Path, tmp_path: Path) -> None:
    """After ``pip install -e .`` twistd lists echo as well: setuptools wrote a path, not an import finder."""
    venv.create(tmp_path, with_pip=False, symlinks=True)
    scheme = {"base": str(tmp_path), "platbase": str(tmp_path)}
    site_packages = Path(sysconfig.get_path("purelib", "venv", scheme))
    # the libraries and pip, without a download; .pth files found there are not read
    (site_packages / "libraries.pth").write_text("\n".join(SITE_PACKAGES))
    python = tmp_path / "bin/python"
    options = ("--no-deps", "--no-build-isolation", "--ignore-installed")
    pip("install", *options, "--editable", tree, python=python)
    done = subprocess.run(
        [python, TWISTD, "--help"], cwd="/", env={}, text=True, capture_output=True, check=True
    )
    assert lists_echo(done.stdout)


def test_an_installed_wheel_holds_the_package_whole(installed: Path) -> None:
    """Each module, the typing mark and the static files are installed, as is the plugin."""
    expected = files_below(ROOT, "echo") | {PLUGIN, "echo/py.typed"}
    assert expected <= files_below(installed, "echo", "twisted")


def test_nothing_of_twisted_is_overwritten(wheel: Path) -> None:
    """
    The plugin is all that the wheel puts into Twisted's folders.

    An ``__init__.py`` there would replace Twisted's own; a ``dropin.cache`` would name plugins long gone.
    """
    assert [name for name in ZipFile(wheel).namelist() if name.startswith("twisted/")] == [PLUGIN]


def test_the_source_tree_leaves_twisted_visible() -> None:
    """In a checkout, which may stand first on the path, ``twisted/`` is no package."""
    assert not list((ROOT / "twisted").rglob("__init__.py"))


def test_the_plugin_imports_nothing_of_ours(installed: Path) -> None:
    """Every run of twistd imports the plugin: it must neither install a reactor nor load the service."""
    script = """if True:
        import sys, twisted.plugins.echo_plugin as plugin
        print(plugin.__file__)
        print([name for name in sys.modules if name.startswith(("echo", "twisted.internet.reactor"))])
    """
    assert run_elsewhere("-c", script, path=installed).splitlines() == [str(installed / PLUGIN), "[]"]


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    """Name, version, licence, floor of Python, and what it needs: each has its line in docs/design.rst."""
    with ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name), policy=policy.default)
    assert metadata["Name"] == "echo-voice"
    assert metadata["Version"] == echo.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert {"tls", "all", "test", "dev"} <= set(metadata.get_all("Provides-Extra", []))
    needed = [text for text in metadata.get_all("Requires-Dist", []) if "extra ==" not in text]
    assert sorted(needed) == [
        "autobahn[twisted]<27,>=26.10.2",
        "jsonschema>=4.23",
        "prometheus-client>=0.21",
        "pyjwt[crypto]>=2.11",
        "rich>=14",
        "soundfile>=0.13",
        "soxr>=1.0",
        "treq>=25.5",
        "twisted[tls]>=26.10",
        "webrtcvad-wheels>=2.0.14",
        "websockets>=15",
    ]


def test_the_source_archive_is_the_source_tree(sdist: Path) -> None:
    """Tests, documents, examples and benchmarks are in the archive; caches are not."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    expected = files_below(ROOT, "echo", "twisted", "tests", "docs", "etc", "bench", "fuzz", "soak")
    expected |= {
        "pyproject.toml",
        "setup.py",
        "MANIFEST.in",
        "Makefile",
        "LICENSE",
        "SECURITY.md",
        "README.rst",
    }
    assert not expected - names
    assert not [name for name in names if name.endswith(("dropin.cache", ".pyc"))]
