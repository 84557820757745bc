"""The parts that pages are made of; pure functions from values and vars to components."""
