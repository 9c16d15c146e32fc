"""Words typed at a terminal: one file per command, exit 0 done, 1 a fault found, 2 wrong use."""
