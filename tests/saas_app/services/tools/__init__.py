"""Tests of the tools of a draft."""
