"""Letters: posted, written and sent."""
