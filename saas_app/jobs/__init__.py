"""Durable work: rows of `job` carried to workflows that survive a crash."""
