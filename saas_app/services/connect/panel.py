"""All clients of the connect panel, in the order in which they are offered."""

from saas_app.services.connect.chats import chatgpt, claude_desktop, claude_web, goose, lm_studio
from saas_app.services.connect.editors import cursor, vs_code, windsurf
from saas_app.services.connect.raw import raw_json
from saas_app.services.connect.sdks import python_sdk, typescript_sdk
from saas_app.services.connect.target import ClientSetup, Target
from saas_app.services.connect.terminals import claude_code, codex, gemini_cli

CLIENTS = (
    claude_web,
    claude_desktop,
    claude_code,
    chatgpt,
    cursor,
    vs_code,
    windsurf,
    codex,
    gemini_cli,
    goose,
    lm_studio,
    raw_json,
    python_sdk,
    typescript_sdk,
)


def connect_panel(target: Target) -> tuple[ClientSetup, ...]:
    """Return how each client connects to the target."""
    return tuple(client(target) for client in CLIENTS)
