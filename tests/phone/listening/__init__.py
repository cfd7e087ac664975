"""Tests of what listens to a call."""
