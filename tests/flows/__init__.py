"""Whole stories, through several parts, without a browser."""
