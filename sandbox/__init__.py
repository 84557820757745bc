"""Runs tenants' Python tools, each server's in processes that can reach nothing but that server."""
