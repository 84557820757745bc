"""Seeds the demo: an organization with a published server over the sample API, and a fresh key."""

from dataclasses import dataclass, replace
from uuid import UUID

import orjson
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import organizations_of, servers_of
from core.clock import now_utc
from core.errors import Forbidden
from core.models import User
from core.permissions import Actor, Origin, Role
from saas_app.resources import Resources
from saas_app.services import accounts, intakes, keys, servers, variables, versions
from saas_app.services.connect.panel import connect_panel
from saas_app.services.connect.target import Target, Way
from sample_api.app import KEY as STUDIO_KEY
from sample_api.document import document

EMAIL, PASSWORD, NAME = "demo@example.com", "pots and kilns", "Demo studio"
SERVER_NAME = "Pottery studio"
KEY_NAME = "Demo"
SHOWN_CLIENTS = ("claude-code", "codex", "gemini")


@dataclass(frozen=True, slots=True)
class Demo:
    """What a person needs to use the demo."""

    mcp_url: str
    page_url: str
    key: str


async def seed(parts: Resources) -> Demo:
    """Make what is missing of the demo, and a new key in place of the last run's.

    Raises:
        Forbidden: in production, where an account with a known password has no place.
    """
    if parts.settings.is_production:
        raise Forbidden("The demo is for development: its password is known to everybody.")
    actor = await _demo_actor(parts)
    server_id = await _demo_server(parts, actor)
    async with parts.database.write() as session:
        for old in await keys.list_keys(session, actor, server_id, now=now_utc()):
            if old.name == KEY_NAME and old.status is keys.KeyStatus.ACTIVE:
                await keys.revoke_key(session, actor, server_id, old.id, now=now_utc())
        new = await keys.create_key(
            session,
            replace(actor, origin=Origin(is_fresh=True)),
            server_id,
            name=KEY_NAME,
            lifetime="7",
            now=now_utc(),
        )
        slug = (await organizations_of(session, actor.user_id))[0].slug
    settings = parts.settings
    return Demo(
        mcp_url=f"{settings.runtime_url}/mcp/{server_id}/mcp",
        page_url=f"{settings.web_url}/o/{slug}/servers/{server_id}",
        key=new.token,
    )


def describe(demo: Demo) -> str:
    """Return what to print: where to look, and the exact commands of some clients."""
    target = Target(SERVER_NAME, demo.mcp_url, way=Way.KEY)
    shown = [client for client in connect_panel(target) if client.id in SHOWN_CLIENTS]
    commands = "\n".join(
        f"  {client.name}:\n    " + client.snippets[0].code.replace("\n", "\n    ")
        for client in shown
    )
    return (
        f"\nThe demo server is live at {demo.mcp_url}\n"
        f"  See it:   {demo.page_url}\n"
        f"  Sign in:  {EMAIL}, {PASSWORD}\n"
        f"  Key:      {demo.key}\n\n"
        f"Connect a client:\n  export TOOLKILN_KEY={demo.key}\n{commands}\n"
    )


async def _demo_actor(parts: Resources) -> Actor:
    form = accounts.SignUpForm(name=NAME, email=EMAIL, password=PASSWORD)
    password_hash = await parts.passwords.hash(PASSWORD)
    async with parts.database.write() as session:
        mine = select(User).where(User.email_normalized == EMAIL)
        user = (await session.exec(mine)).first()
        if user is None:
            user = await accounts.create_account(
                session, form, password_hash=password_hash, now=now_utc(), is_verified=True
            )
        user.email_verified_at = user.email_verified_at or now_utc()
        user.onboarded_at = user.onboarded_at or now_utc()
        organization = (await organizations_of(session, user.id))[0]
        return Actor(user.id, organization.id, Role.OWNER)


async def _demo_server(parts: Resources, actor: Actor) -> UUID:
    async with parts.database.read() as session:
        found = [one for one in await servers_of(session, actor) if one.name == SERVER_NAME]
    if found:
        return found[0].id
    address = f"http://localhost:{parts.settings.sample_api_port}"
    proposal = await intakes.read_pasted(orjson.dumps(document(address)).decode())
    async with parts.database.write() as session:
        intake_id = await intakes.take_source(
            session,
            actor,
            proposal,
            source_url=f"{address}/openapi.json",
            sealer=parts.sealer,
            now=now_utc(),
        )
        server_id = await servers.create_server_from_intake(
            session,
            actor,
            intake_id,
            servers.NewServer(SERVER_NAME),
            sealer=parts.sealer,
            now=now_utc(),
        )
        await _give_the_studio_key(session, actor, server_id, parts)
        await versions.publish_version(
            session, actor, server_id, note="The studio's API.", now=now_utc()
        )
    return server_id


async def _give_the_studio_key(
    session: AsyncSession, actor: Actor, server_id: UUID, parts: Resources
) -> None:
    for variable in await variables.list_variables(session, actor, server_id):
        await variables.set_value(
            session,
            actor,
            (server_id, variable.id),
            value=STUDIO_KEY,
            sealer=parts.sealer,
            now=now_utc(),
        )
