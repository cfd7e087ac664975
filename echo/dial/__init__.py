"""``echo-dial``: places a call from the command line."""
