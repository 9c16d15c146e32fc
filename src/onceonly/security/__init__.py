"""Keys, tokens, seals, names: everything that must stay secret or be believed."""
