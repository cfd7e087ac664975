"""An hour of calls that come and go, some of them hostile: what the daemon holds is sampled, and judged at the end."""
