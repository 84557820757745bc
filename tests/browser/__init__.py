"""Tests in a real browser, against the product as it is run."""
