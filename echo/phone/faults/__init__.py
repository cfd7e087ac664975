"""What goes wrong between a provider and an application: each fault by name, tried on purpose, and judged."""
