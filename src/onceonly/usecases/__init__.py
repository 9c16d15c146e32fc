"""What the hub does: one sentence per function, given a world."""
