"""Chat applications: Claude on the web and desktop, ChatGPT, Goose, LM Studio."""

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

from saas_app.services.connect.target import (
    PLACEHOLDER,
    ClientSetup,
    Snippet,
    Target,
    as_json,
    with_headers,
)

CLAUDE_CONNECTORS = "https://claude.ai/customize/connectors"
CHATGPT_CONNECTORS = (
    "https://chatgpt.com/plugins#settings/Connectors?create-connector=true&redirectAfter=%2Fplugins"
)
GOOSE_TIMEOUT_SECONDS = 300
NO_KEYS = "{} has no place for a key: it signs in with OAuth. Use the address alone."


def unreachable(client: str) -> str:
    """Say why a hosted client cannot reach the address."""
    return (
        f"{client} connects from the internet, over https. This address is not reachable from "
        "there, so it cannot connect until the server has a public https address."
    )


def claude_web(target: Target) -> ClientSetup:
    """Claude on the web: a custom connector, opened with its form filled in."""
    return _claude_connector(target, id="claude", name="Claude")


def claude_desktop(target: Target) -> ClientSetup:
    """Claude Desktop: the same connector, or a local bridge where that cannot work."""
    if target.is_on_the_internet and not target.has_key:
        return _claude_connector(target, id="claude-desktop", name="Claude Desktop")
    return ClientSetup(
        id="claude-desktop",
        name="Claude Desktop",
        steps=(
            "Open Settings, Developer, Edit config.",
            "Add this to claude_desktop_config.json and restart Claude.",
        ),
        snippets=(Snippet("claude_desktop_config.json", as_json(_bridge_config(target))),),
        notes=_bridge_notes(target),
    )


def chatgpt(target: Target) -> ClientSetup:
    """ChatGPT: the link opens an empty form, so the address is copied first."""
    notes = [] if target.is_on_the_internet else [unreachable("ChatGPT")]
    if target.has_key:
        notes.append(NO_KEYS.format("ChatGPT"))
    return ClientSetup(
        id="chatgpt",
        name="ChatGPT",
        link=CHATGPT_CONNECTORS,
        link_label="Open ChatGPT",
        steps=(
            "Turn on developer mode in Settings, Apps & Connectors, Advanced settings.",
            "Copy the address, open ChatGPT and paste it as the MCP server URL.",
            "Choose OAuth and sign in when asked."
            if not target.has_key
            else "Choose OAuth: this dialog takes no key.",
        ),
        snippets=(Snippet("MCP server URL", target.url, "text"),),
        notes=tuple(notes),
        is_possible=not notes,
    )


def goose(target: Target) -> ClientSetup:
    """Goose: a link, or an entry of its YAML file that carries the key."""
    parameters = {
        "url": target.url,
        "type": "streamable_http",
        "timeout": str(GOOSE_TIMEOUT_SECONDS),
        "id": target.slug,
        "name": target.name,
    }
    link = f"goose://extension?{urlencode(parameters, quote_via=quote)}"
    return ClientSetup(
        id="goose",
        name="Goose",
        link="" if target.has_key else link,
        link_label="" if target.has_key else "Add to Goose",
        steps=_goose_steps(target),
        snippets=(Snippet("~/.config/goose/config.yaml", _goose_yaml(target), "yaml"),),
    )


def lm_studio(target: Target) -> ClientSetup:
    """LM Studio: a link with the entry in base64, or its mcp.json."""
    entry = with_headers({"url": target.url}, target.headers())
    query = urlencode({"name": target.slug, "config": _base64(entry)}, quote_via=quote)
    notes = ()
    if target.has_key:
        notes = (f"LM Studio keeps the text as it is: replace {PLACEHOLDER} with your key there.",)
    return ClientSetup(
        id="lm-studio",
        name="LM Studio",
        link=f"lmstudio://add_mcp?{query}",
        link_label="Add to LM Studio",
        steps=("Open the link, or add this under Program, Install, Edit mcp.json.",),
        snippets=(Snippet("mcp.json", as_json({"mcpServers": {target.slug: entry}})),),
        notes=notes,
    )


def _claude_connector(target: Target, *, id: str, name: str) -> ClientSetup:
    notes = [] if target.is_on_the_internet else [unreachable(name)]
    if target.has_key:
        notes.append(NO_KEYS.format(name))
    query = urlencode(
        {
            "modal": "add-custom-connector",
            "connectorName": target.name,
            "connectorUrl": target.url,
        },
        quote_via=quote,
    )
    return ClientSetup(
        id=id,
        name=name,
        link=f"{CLAUDE_CONNECTORS}?{query}" if not notes else "",
        link_label="Add to Claude" if not notes else "",
        steps=(
            "Open Customize, Connectors, Add custom connector. The link fills the form in.",
            "Check the name and the address, then choose Add and Connect.",
        ),
        snippets=(Snippet("Remote MCP server URL", target.url, "text"),),
        notes=tuple(notes) or ("On Team and Enterprise plans an owner adds the connector first.",),
        is_possible=not notes,
    )


def _bridge_config(target: Target) -> dict[str, Any]:
    """Return the entry that runs mcp-remote, since the file takes commands, not addresses.

    The header holds no space: Windows splits arguments at spaces.
    """
    args = ["-y", "mcp-remote", target.url]
    if target.url.startswith("http://") and not target.is_this_machine:
        args.append("--allow-http")
    entry: dict[str, Any] = {"command": "npx", "args": args}
    if target.has_key:
        args += ["--header", "Authorization:${AUTHORIZATION}"]
        entry["env"] = {"AUTHORIZATION": f"Bearer {PLACEHOLDER}"}
    return {"mcpServers": {target.slug: entry}}


def _bridge_notes(target: Target) -> tuple[str, ...]:
    notes = ["This runs the bridge mcp-remote on your machine and needs Node.js."]
    if target.has_key:
        notes.append(f"Claude does not read your environment: replace {PLACEHOLDER} with your key.")
    return tuple(notes)


def _goose_steps(target: Target) -> tuple[str, ...]:
    if target.has_key:
        return ("Set TOOLKILN_KEY in Goose's secrets, then add this under extensions.",)
    return ("Open the link, or add this to the extensions of the file.",)


def _goose_yaml(target: Target) -> str:
    # JSON strings are YAML strings, so names with quotes or colons, and slugs such as "123" or
    # "on", stay what they are.
    lines = [
        "extensions:",
        f"  {json.dumps(target.slug)}:",
        "    enabled: true",
        "    type: streamable_http",
        f"    name: {json.dumps(target.name, ensure_ascii=False)}",
        f"    uri: {json.dumps(target.url)}",
        f"    timeout: {GOOSE_TIMEOUT_SECONDS}",
    ]
    if target.has_key:
        lines += [
            "    env_keys:",
            "      - TOOLKILN_KEY",
            "    headers:",
            f'      Authorization: "Bearer {PLACEHOLDER}"',
        ]
    return "\n".join(lines)


def _base64(entry: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(entry, separators=(",", ":")).encode()).decode()
