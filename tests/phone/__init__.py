"""Tests of echo.phone."""
