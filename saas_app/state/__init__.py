"""State classes: they listen, call one service, and show the result."""
