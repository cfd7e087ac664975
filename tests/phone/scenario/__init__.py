"""Tests of echo.phone.scenario."""
