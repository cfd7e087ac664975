"""The provider's REST API, simulated: applications place calls through it, and act on those that are on."""
