"""The second front door: for native forms, and for callers without a browser."""
