"""Tests with real processes and real sockets on loopback."""
