"""Call tests that a team keeps beside its application: what the caller does, and what must be heard then."""
