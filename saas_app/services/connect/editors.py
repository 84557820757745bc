"""Editors: Cursor, VS Code with its Insiders, Windsurf."""

import base64
import json
import shlex
from typing import Any
from urllib.parse import quote, urlencode

from saas_app.services.connect.target import ClientSetup, Snippet, Target, as_json, with_headers

ENVIRONMENT_KEY = "${env:TOOLKILN_KEY}"
PROMPT_ID = "toolkiln_key"
PROMPT = {
    "type": "promptString",
    "id": PROMPT_ID,
    "description": "Key of the server",
    "password": True,
}
SET_THE_KEY = "Set TOOLKILN_KEY in the environment that {} starts in."


def cursor(target: Target) -> ClientSetup:
    """Cursor: a link with the entry in base64, or its mcp.json."""
    entry = with_headers({"url": target.url}, target.headers(ENVIRONMENT_KEY))
    packed = base64.b64encode(json.dumps(entry, separators=(",", ":")).encode()).decode()
    query = urlencode({"name": target.slug, "config": packed}, quote_via=quote)
    return ClientSetup(
        id="cursor",
        name="Cursor",
        link=f"cursor://anysphere.cursor-deeplink/mcp/install?{query}",
        link_label="Add to Cursor",
        more_links=(("Open in the browser", f"https://cursor.com/en/install-mcp?{query}"),),
        steps=("Open the link, or add this to the file (a project's is .cursor/mcp.json).",),
        snippets=(Snippet("~/.cursor/mcp.json", as_json({"mcpServers": {target.slug: entry}})),),
        notes=(SET_THE_KEY.format("Cursor"),) if target.has_key else (),
    )


def vs_code(target: Target) -> ClientSetup:
    """VS Code and its Insiders: links, a file with a prompt for the key, a command."""
    entry: dict[str, Any] = with_headers(
        {"type": "http", "url": target.url}, target.headers(f"${{input:{PROMPT_ID}}}")
    )
    inputs = {"inputs": [PROMPT]} if target.has_key else {}
    packed = quote(json.dumps({"name": target.slug, **entry, **inputs}, separators=(",", ":")))
    named = json.dumps({"name": target.slug, **entry}, separators=(",", ":"))
    file = as_json({**inputs, "servers": {target.slug: entry}})
    snippets = [Snippet(".vscode/mcp.json", file)]
    if not target.has_key:  # the command has no prompt to fill the key's place
        snippets.append(Snippet("Terminal", f"code --add-mcp {shlex.quote(named)}", "shell"))
    return ClientSetup(
        id="vscode",
        name="VS Code",
        link=f"vscode:mcp/install?{packed}",
        link_label="Add to VS Code",
        more_links=(("Add to VS Code Insiders", f"vscode-insiders:mcp/install?{packed}"),),
        steps=("Open the link, or add this to your workspace.",),
        snippets=tuple(snippets),
        notes=("VS Code asks for the key once and keeps it safe.",) if target.has_key else (),
    )


def windsurf(target: Target) -> ClientSetup:
    """Windsurf: its file calls the address `serverUrl`."""
    entry = with_headers({"serverUrl": target.url}, target.headers(ENVIRONMENT_KEY))
    file = as_json({"mcpServers": {target.slug: entry}})
    return ClientSetup(
        id="windsurf",
        name="Windsurf",
        steps=("Add this to the file, then press Refresh in Cascade's MCP panel.",),
        snippets=(Snippet("~/.codeium/windsurf/mcp_config.json", file),),
        notes=(SET_THE_KEY.format("Windsurf"),) if target.has_key else (),
    )
