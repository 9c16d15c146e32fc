"""Benchmarks: every figure is a ratio measured in one run, sides interleaved, medians quoted."""
