"""OAuth 2.1: one authorization server per hosted MCP server, one file per endpoint or RFC."""
