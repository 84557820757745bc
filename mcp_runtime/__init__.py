"""The runtime: hosts the published MCP servers and their OAuth 2.1 endpoints."""
