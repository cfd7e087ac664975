"""The HTTP face of the daemon: call script, events, health and the start page, one resource per file."""
