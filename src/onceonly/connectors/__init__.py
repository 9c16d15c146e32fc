"""Office systems out: one protocol per module, all of them held to one contract."""
