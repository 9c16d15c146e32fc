"""HTTP in: read a call, run one use case, write its outcome."""
