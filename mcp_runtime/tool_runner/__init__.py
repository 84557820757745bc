"""Runs tools: builds their requests, sends them through the guard, shapes the answers."""
