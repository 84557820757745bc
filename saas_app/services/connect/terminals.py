"""Terminal clients: Claude Code, Codex, Gemini CLI."""

import json
import shlex

from saas_app.services.connect.target import (
    KEY_VARIABLE,
    PLACEHOLDER,
    ClientSetup,
    Snippet,
    Target,
    as_json,
    with_headers,
)

EXPORT_FIRST = f"Set {KEY_VARIABLE} to your key first: export {KEY_VARIABLE}=…"


def claude_code(target: Target) -> ClientSetup:
    """Claude Code: one command, or a project's file."""
    entry = with_headers({"type": "http", "url": target.url}, target.headers())
    command = f"claude mcp add --transport http {target.slug} {shlex.quote(target.url)}"
    return ClientSetup(
        id="claude-code",
        name="Claude Code",
        steps=("Run this.", _then(target, "type /mcp in Claude Code and choose Authenticate")),
        snippets=(
            Snippet("Terminal", command + _header_option(target), "shell"),
            Snippet(".mcp.json of a project", as_json({"mcpServers": {target.slug: entry}})),
        ),
        notes=(EXPORT_FIRST,) if target.has_key else (),
    )


def codex(target: Target) -> ClientSetup:
    """Codex: commands, or its TOML file, which names the variable that holds the key."""
    add = f"codex mcp add {target.slug} --url {shlex.quote(target.url)}"
    lines = [f"[mcp_servers.{target.slug}]", f"url = {json.dumps(target.url)}"]
    if target.has_key:
        add += f" --bearer-token-env-var {KEY_VARIABLE}"
        lines.append(f'bearer_token_env_var = "{KEY_VARIABLE}"')
    login = f"\ncodex mcp login {target.slug}" if target.way == "oauth" else ""
    return ClientSetup(
        id="codex",
        name="Codex",
        steps=("Run this, or add the lines to the file.",),
        snippets=(
            Snippet("Terminal", add + login, "shell"),
            Snippet("~/.codex/config.toml", "\n".join(lines), "toml"),
        ),
        notes=(f"Codex reads the key from {KEY_VARIABLE} each time it starts.",)
        if target.has_key
        else (),
    )


def gemini_cli(target: Target) -> ClientSetup:
    """Gemini CLI: one command, or its settings, which call the address `httpUrl`."""
    entry = with_headers({"httpUrl": target.url}, target.headers())
    command = f"gemini mcp add --transport http {target.slug} {shlex.quote(target.url)}"
    return ClientSetup(
        id="gemini",
        name="Gemini CLI",
        steps=("Run this.", _then(target, f"type /mcp auth {target.slug} in Gemini CLI")),
        snippets=(
            Snippet("Terminal", command + _header_option(target), "shell"),
            Snippet("~/.gemini/settings.json", as_json({"mcpServers": {target.slug: entry}})),
        ),
        notes=(EXPORT_FIRST,) if target.has_key else (),
    )


def _header_option(target: Target) -> str:
    # In double quotes the shell puts the key in; it never stands in the history.
    return f' --header "Authorization: Bearer {PLACEHOLDER}"' if target.has_key else ""


def _then(target: Target, sign_in: str) -> str:
    return f"Then {sign_in}." if target.way == "oauth" else "Then ask it to list its tools."
