"""The addresses of the web app: which page stands where, and what loads it."""
