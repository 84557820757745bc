"""What the product decides: functions that take a session and an actor, and know no browser."""
