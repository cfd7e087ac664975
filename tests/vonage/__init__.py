"""Tests of echo.vonage."""
