"""Tests of echo.phone.commands."""
