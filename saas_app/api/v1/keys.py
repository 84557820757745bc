"""The key that a request carries, and the keys of servers."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from core.ids import as_uuid
from saas_app.api.v1.contract import Given, Operation, Page, PageQuery, Request, Shown
from saas_app.api.v1.paging import as_number, page_of
from saas_app.services.key_scopes import beyond
from saas_app.services.keys import KeyStatus, KeySummary, create_key, list_keys, revoke_key


class ThisKey(Shown):
    """The key that the request was sent with."""

    id: UUID
    name: str
    organization: str = Field(description="The organization's slug, as in its addresses.")
    scopes: list[str]
    idle_scopes: list[str] = Field(description="Those that the maker's role does not allow now.")
    role: str = Field(description="The role of the key's maker.")
    expires_at: datetime | None


class ServerKeyItem(Shown):
    """A key that opens one MCP server; never the key itself."""

    id: UUID
    name: str
    shown_part: str = Field(description="How the key begins.")
    status: KeyStatus
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewServerKey(ServerKeyItem):
    """A key at the one moment when it can be read."""

    token: str | None = Field(
        description="The key. Null when the answer is given again to a repeated request."
    )


class ServerKeyGiven(Given):
    """A key to be made."""

    name: str = Field(max_length=200)
    lifetime_days: Literal[7, 30, 90, 365] | None = Field(description="Null: it never ends.")


async def read_this_key(asked: Request) -> ThisKey:
    """Say what the key is good for."""
    opened = asked.program.opened
    key = opened.key
    return ThisKey(
        id=key.id,
        name=key.name,
        organization=opened.organization.slug,
        scopes=key.scopes,
        idle_scopes=beyond(key.scopes, opened.role),
        role=opened.role.value,
        expires_at=key.expires_at,
    )


async def list_server_keys(asked: Request) -> Page[ServerKeyItem]:
    """List the keys of a server, newest first."""
    keys = await list_keys(asked.session, asked.actor, asked.server_id, now=asked.now)
    return page_of(
        keys,
        lambda key: ServerKeyItem(**_fields(key)),
        asked.query,
        place=lambda key: (as_number(key.created_at), str(key.id)),
        like=(0, ""),
        is_backwards=True,
    )


async def create_server_key(asked: Request) -> NewServerKey:
    """Make a key and show it once."""
    days = asked.body.lifetime_days
    made = await create_key(
        asked.session,
        asked.actor,
        asked.server_id,
        name=asked.body.name,
        lifetime="never" if days is None else str(days),
        now=asked.now,
    )
    return NewServerKey(**_fields(made.summary), token=made.token)


async def revoke_server_key(asked: Request) -> None:
    """End a key."""
    key_id = as_uuid(asked.path["key_id"])
    await revoke_key(asked.session, asked.actor, asked.server_id, key_id, now=asked.now)


def _fields(key: KeySummary) -> dict[str, Any]:
    return {name: getattr(key, name) for name in ServerKeyItem.model_fields}


KEYS = "/servers/{server_id}/keys"
OPERATIONS = (
    Operation(
        "read_this_key", "GET", "/key", "", "What this key is good for",
        read_this_key, ThisKey, tag="This key",
    ),
    Operation(
        "list_server_keys", "GET", KEYS, "servers:read", "Keys of a server",
        list_server_keys, Page[ServerKeyItem], query=PageQuery, tag="Keys of servers",
    ),
    Operation(
        "create_server_key", "POST", KEYS, "keys:write", "Make a key of a server",
        create_server_key, NewServerKey, status=201, body=ServerKeyGiven, secret="token",  # noqa: S106 - its name
        description="The key is in this answer alone: it is kept as a digest. When the request is"
        " sent again with its Idempotency-Key, the answer has null in its place: revoke that key"
        " and make another.",
        tag="Keys of servers",
    ),
    Operation(
        "revoke_server_key", "DELETE", f"{KEYS}/{{key_id}}", "keys:write",
        "Revoke a key of a server", revoke_server_key, None, status=204, tag="Keys of servers",
    ),
)  # fmt: skip
