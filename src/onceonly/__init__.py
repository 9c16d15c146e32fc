"""onceonly: a municipal once-only hub."""
