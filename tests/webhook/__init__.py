"""Tests of echo.webhook."""
