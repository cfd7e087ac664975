"""What comes back on a call: played as the provider plays it, and compared with what was said. No I/O, no clock."""
