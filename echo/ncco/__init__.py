"""Call scripts (NCCO): the JSON document that tells the provider what to do with a call."""
