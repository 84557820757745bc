"""Tests of the sample API."""
