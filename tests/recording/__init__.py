"""Recordings: files, the thread that writes them, and what fetches from the calls."""
