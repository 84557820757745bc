"""What ASVS 5.0 asks of the web program, one requirement a test; the map is docs/security.md."""
