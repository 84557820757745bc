"""REST v1, asked over HTTP."""
