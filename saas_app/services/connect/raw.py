"""The form that most clients read, for those that have no entry of their own."""

from saas_app.services.connect.target import ClientSetup, Snippet, Target, as_json, with_headers


def raw_json(target: Target) -> ClientSetup:
    """Any other client that reads `mcpServers`."""
    entry = with_headers({"type": "http", "url": target.url}, target.headers())
    notes = ["The transport is streamable HTTP. Clients that ask for a “type” call it http."]
    if target.has_key:
        notes.append("Where a client does not fill in ${TOOLKILN_KEY}, put your key in its place.")
    return ClientSetup(
        id="json",
        name="Other (JSON)",
        steps=("Add this to your client's MCP settings.",),
        snippets=(Snippet("mcp.json", as_json({"mcpServers": {target.slug: entry}})),),
        notes=tuple(notes),
    )
