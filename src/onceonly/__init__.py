"""onceonly: a municipal once-only hub."""

__version__ = "0.1.0"
