"""Requests written down as the Python functions that make them."""
