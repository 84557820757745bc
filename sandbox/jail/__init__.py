"""What runs inside the jail: standard library only, none of the product, no secret."""
