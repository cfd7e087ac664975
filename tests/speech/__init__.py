"""Recorded speech for tests, and the judgement of what comes back when it is streamed as a call."""
