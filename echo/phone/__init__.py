"""echo-phone: the provider and the caller, simulated; it calls any voice application, listens and judges."""
