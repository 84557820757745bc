"""The one way out of the workers: a process that accepts their connections, checks and relays."""
