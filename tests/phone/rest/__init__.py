"""Tests of echo.phone.rest."""
