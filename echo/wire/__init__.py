"""Whole WebSocket frames, as bytes: what a call is made of when nothing is unusual."""
