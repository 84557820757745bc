"""Tests of the authorization servers."""
