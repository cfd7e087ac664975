"""What a person sees of a call: a live line while it lasts, a report when it is over."""
