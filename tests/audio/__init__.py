"""Tests of echo.audio."""
