"""Tests of echo.websocket."""
