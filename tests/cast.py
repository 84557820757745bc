"""The cast of all tests: alice owns acme, bob and vera are in it, mallory is a stranger."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.generation import announce_change
from core.http_request import BaseUrl, HttpRequest, Parameter
from core.models import DraftTool, Evidence, Membership, Organization, Server, User
from core.permissions import Actor, Role
from core.tool_spec import HttpTool, PythonTool, Tool

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts in a test; all are in acme but mallory, who has an organization of her own."""

    alice: Actor
    bob: Actor
    vera: Actor
    mallory: Actor
    acme: Organization
    evil: Organization


async def make_cast(session: AsyncSession) -> Cast:
    """Write the cast's rows."""
    acme = Organization(slug="acme", name="Acme", created_at=NOW)
    evil = Organization(slug="evil", name="Evil", created_at=NOW)
    session.add_all([acme, evil])
    await session.flush()
    return Cast(
        alice=await _member(session, "Alice", acme, Role.OWNER),
        bob=await _member(session, "Bob", acme, Role.MEMBER),
        vera=await _member(session, "Vera", acme, Role.VIEWER),
        mallory=await _member(session, "Mallory", evil, Role.OWNER),
        acme=acme,
        evil=evil,
    )


async def make_server(session: AsyncSession, actor: Actor, *, name: str = "Weather") -> Server:
    """Write a server with nothing in it."""
    server = Server(
        organization_id=actor.organization_id, name=name, created_at=NOW, updated_at=NOW
    )
    session.add(server)
    await session.flush()
    await announce_change(session, server)
    return server


def a_tool(name: str = "get_city", *, url: str = "https://api.example.com") -> HttpTool:
    """Return a tool that reads one thing by its id."""
    return HttpTool(
        name=name,
        title="Get a city",
        description="Returns one city.",
        input_schema={
            "type": "object",
            "properties": {"city_id": {"type": "string", "description": "The city's id."}},
            "required": ["city_id"],
            "additionalProperties": False,
        },
        request=HttpRequest(
            method="GET",
            base=BaseUrl(url=url),
            path="/cities/{cityId}",
            parameters=(Parameter(argument="city_id", name="cityId", location="path"),),
        ),
    )


def a_python_tool(name: str = "forecast", source: str = "") -> PythonTool:
    """Return a tool that is a function of a city."""
    return PythonTool(
        name=name,
        function=name,
        source=source or f'async def {name}(city: str) -> dict:\n    return {{"city": city}}\n',
        input_schema={
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    )


async def add_tool(session: AsyncSession, server_id: UUID, tool: Tool) -> DraftTool:
    """Write a tool into a server's draft."""
    row = DraftTool(
        server_id=server_id,
        name=tool.name,
        spec=tool.model_dump(mode="json"),
        evidence=Evidence.CHECKED,
        created_at=NOW,
        updated_at=NOW,
    )
    session.add(row)
    await session.flush()
    return row


async def _member(
    session: AsyncSession, name: str, organization: Organization, role: Role
) -> Actor:
    email = f"{name.lower()}@example.com"
    user = User(
        email=email,
        email_normalized=email,
        email_verified_at=NOW,
        name=name,
        password_hash="!",
        onboarded_at=NOW,
        created_at=NOW,
    )
    session.add(user)
    await session.flush()
    session.add(
        Membership(organization_id=organization.id, user_id=user.id, role=role, created_at=NOW)
    )
    await session.flush()
    return Actor(user.id, organization.id, role)
