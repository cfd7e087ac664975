"""
The call itself: its states, messages, flow of audio and end, without any I/O.

Clock, randomness and sending are arguments, so all of it is tested by plain calls.
"""
