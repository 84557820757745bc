"""Speaks to other companies: one module each, behind a Protocol of `services.ports`."""
