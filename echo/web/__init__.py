"""The HTTP face of the daemon: NCCO, events, health and the start page, one resource per file."""
