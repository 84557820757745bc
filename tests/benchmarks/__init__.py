"""The benchmarks themselves: that they run, and report what they promise."""
