"""The provider's HTTP side: it asks for the NCCO, walks it, and reports what becomes of the call."""
