"""Audio as the provider sends and takes it: formats, and PCM as plain bytes."""
