"""Tests of echo.service."""
