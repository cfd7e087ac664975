"""What the provider's webhooks say: the question for an NCCO, and the events of a call."""
