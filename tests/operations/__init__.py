"""How the product is started, stopped, packed and served."""
