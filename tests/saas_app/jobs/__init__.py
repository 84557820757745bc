"""Jobs, in a real worker process that is killed at the worst moments."""
