"""What the product's own admins see and do, across all people and organizations."""
