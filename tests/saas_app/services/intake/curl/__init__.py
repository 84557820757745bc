"""Tests of the cURL importer."""
