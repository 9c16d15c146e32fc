"""Files in, values out, every fault named. The readers know the form of the law, not its content."""
