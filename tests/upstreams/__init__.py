"""A service on loopback that answers as asked: the neighbour of all runtime tests."""
