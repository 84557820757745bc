"""REST v1: what programs may do in an organization, with one of its keys."""
