"""What docs/design.rst says is complete: each part has its place in the layers, each dependency its reason."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT
from tests.test_docs import text_of


def parts_of(package: str) -> list[str]:
    """The modules and packages of a package, as the design names them: ``call/``, ``log.py``."""
    found = [path for path in (ROOT / package).iterdir() if not path.name.startswith("_")]
    modules = [path.name for path in found if path.suffix == ".py"]
    return sorted(modules + [f"{path.name}/" for path in found if (path / "__init__.py").exists()])


def test_the_layers_name_each_part() -> None:
    """The picture of the layers has a place for each module and package of echo and of echo/phone, and no other."""
    layers = text_of("docs/design.rst").partition("\nLayers\n")[2].partition("\n``call``")[0]
    daemon, phone = layers.split("    echo/phone/")
    of_daemon = re.findall(r"\becho/(\w+(?:/|\.py))(?=\s)", daemon)
    assert sorted([*of_daemon, "phone/"]) == parts_of("echo")
    assert sorted(re.findall(r"(?<![\w/.])(\w+(?:/|\.py))(?=\s)", phone)) == parts_of("echo/phone")


def test_each_dependency_has_its_reason() -> None:
    """The table of dependencies names whatever pyproject.toml asks for."""
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    asked = " ".join([*project["dependencies"], *extras["test"], *extras["dev"]])
    names = set(re.findall(r"(?:^| )([a-z][a-z-]+)", asked)) - {"echo-voice"}
    table = text_of("docs/design.rst").partition("\nDependencies")[2].partition("\n``safe.py`` and")[0]
    assert {"jsonschema", "twisted", "mypy-zope"} <= names
    assert [name for name in sorted(names) if re.search(rf"(?<![\w-]){name}(?![\w-])", table) is None] == []
