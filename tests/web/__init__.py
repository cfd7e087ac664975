"""Tests of echo.web."""
