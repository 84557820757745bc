"""The outside world: one module for each neighbour, behind a Protocol of the services."""
