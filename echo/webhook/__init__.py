"""What the provider's webhooks say: the question for a call script, and the events of a call."""
