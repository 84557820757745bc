"""The outside world: one module for each, behind a Protocol of the services."""
