"""Recordings of calls: fetched from the calls, placed on a time line, and written by one thread."""
