"""Local servers that speak the protocols of companies we work with, one file each."""
