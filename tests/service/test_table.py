"""The table of settings itself."""

from __future__ import annotations

from dataclasses import fields

import pytest

from echo.apps import APPS
from echo.limits import BY_NAME, LAB, STANDARD
from echo.service.setting import Setting
from echo.service.settings import Settings
from echo.service.table import APP_NAMES, SETTING_BY_NAME, SETTINGS

EACH = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)


@EACH
def test_a_default_passes_its_own_check(setting: Setting) -> None:
    """No default is a value that a person would be told to mend."""
    if setting.default is not None:
        setting.parse(setting.default)


@EACH
def test_a_setting_explains_itself(setting: Setting) -> None:
    """Each setting has a help that is a sentence, and says what is allowed."""
    assert setting.help[0].isupper() or setting.help[0].isdigit()
    assert setting.help.endswith(".")
    assert setting.allowed
    assert setting.placeholder


def test_the_names_of_a_setting() -> None:
    """One name gives the option and the environment variable."""
    setting = SETTING_BY_NAME["public_url"]
    assert (setting.option, setting.variable) == ("public-url", "ECHO_PUBLIC_URL")


def test_every_setting_has_its_field_and_every_limit_its_setting() -> None:
    """Nothing can be set that the daemon does not see, and no limit is out of a user's reach."""
    derived = {"when_slow_given", "limits_name", "warnings", "places", "secrets", "socket_authorization"}
    assert {setting.name for setting in SETTINGS} - {"config", *BY_NAME} == {
        field.name for field in fields(Settings)
    } - derived
    assert set(BY_NAME) <= set(SETTING_BY_NAME)
    assert len(SETTING_BY_NAME) == len(SETTINGS)


def test_the_apps_are_those_that_there_are() -> None:
    """An app is chosen by the name under which it is registered."""
    assert set(APP_NAMES) >= set(APPS) >= {"echo", "reflect"}


@pytest.mark.parametrize("name", BY_NAME)
def test_both_sets_of_limits_could_be_given_one_by_one(name: str) -> None:
    """What the sets contain is within what each limit's own setting allows."""
    parse = SETTING_BY_NAME[name].parse
    assert parse(str(getattr(STANDARD, name))) == getattr(STANDARD, name)
    assert parse(str(getattr(LAB, name))) == getattr(LAB, name)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("max_message", "a whole number of bytes from 1 to 1000000000"),
        ("idle_timeout", "a whole number of seconds from 1 to 86400"),
        ("queue_ms", "a whole number of milliseconds from 1 to 60000"),
    ],
)
def test_a_limit_says_unit_and_range(name: str, allowed: str) -> None:
    """What is allowed for a limit names its unit, and a largest value that is no slip of the unit."""
    assert SETTING_BY_NAME[name].allowed == allowed
