"""The call without I/O: plain calls, a clock that is set by hand, and a connection that records."""
