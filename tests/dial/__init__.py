"""Tests of echo.dial."""
