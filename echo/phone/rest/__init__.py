"""``echo-phone rest``, and calls that an application acts on: the REST API, served beside the calls."""
