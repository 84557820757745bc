"""Other companies, spoken to for real, on loopback."""
