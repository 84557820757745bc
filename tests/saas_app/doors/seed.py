"""An organization with one of everything in it, whose every part has a name that gives it away."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.clock import now_utc
from core.models import (
    Call,
    CallerKind,
    CallStatus,
    DraftTool,
    Grant,
    Guest,
    Identity,
    Invitation,
    Mail,
    OAuthClient,
    Passkey,
    TestCase,
    TotpFactor,
    TrustedDevice,
    User,
    WebSession,
)
from core.permissions import Actor, Origin, Role
from core.sessions import start_session
from core.tokens import digest_of
from saas_app.resources import Resources
from saas_app.services import invitations
from saas_app.services.case_runs import start_run
from saas_app.services.factors.backup_codes import keep_codes, make_codes
from saas_app.services.intakes import read_pasted, take_source
from saas_app.services.keys import create_key
from saas_app.services.organization_keys import WantedKey, create_organization_key
from saas_app.services.variables import add_variable, set_value
from saas_app.services.versions import publish_version
from tests.cast import Cast, a_python_tool, a_tool, add_tool, make_cast, make_server
from tests.people import FRESH, add_person, fresh, lift_limit, make_organization, make_user

OWNER, ADMIN, MEMBER, VIEWER = "owner", "admin", "member", "viewer"
STRANGER, SIGNED_OUT, BANNED = "stranger", "signed-out", "banned"
OPERATOR = "operator"  # an admin of the product, who is in no organization but their own
PEOPLE = (OWNER, ADMIN, MEMBER, VIEWER, STRANGER, SIGNED_OUT, BANNED, OPERATOR)
IMPERSONATED = "impersonated"  # the owner, by an admin
SERVER, ORGANIZATION = "Hidden weather", "Hidden acme"
VALUE = "hunter2-is-the-value"
ELSEWHERE = "198.51.100.9"  # at the machine itself, the outbox shows all
OUTSIDERS = (STRANGER, SIGNED_OUT, BANNED, OPERATOR)
# What the organization and its owner have, by names that nothing else has.
SECRETS = (SERVER, "hidden_tool", "HIDDEN_KEY", "hidden.example", "Hidden passkey",
           "Hidden browser", "Hidden client", "Hidden pipeline")  # fmt: skip
SOURCE = "curl 'https://api.example.com/hidden-cities/5?units=metric'"


@dataclass
class Seed:
    """The session of everybody, and the ids of everything by name."""

    sown_at: datetime
    sessions: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    banned_id: UUID | None = None


async def sow(parts: Resources) -> Seed:
    """Write it all."""
    now = now_utc()
    seed = Seed(now)
    async with parts.database.write() as session:
        cast = await make_cast(session)
        cast.acme.name = ORGANIZATION
        await lift_limit(session, cast.acme)
        people = await _people(session, cast)
        seed.ids["acme_id"] = str(cast.acme.id)
        await _sign_in(session, seed, people, now)
        await _server(session, seed, cast, parts, now)
        await _organization(session, seed, cast, parts, now)
        await _account(session, seed, cast, now)
    await _factors(parts, cast.alice, now)
    async with parts.database.write() as session:
        (await session.get_one(User, people[BANNED].user_id)).banned_at = now
    return seed


async def _people(session: AsyncSession, cast: Cast) -> dict[str, Actor]:
    """Give acme more people, and everybody an organization of their own: nobody must stay."""
    await add_person(session, cast.acme, "Olga", Role.OWNER)  # so that alice may go
    for actor in (cast.alice, cast.bob, cast.vera, cast.mallory):
        user = await session.get_one(User, actor.user_id)
        await make_organization(session, user, slug=f"{user.name.lower()}-own", is_personal=True)
    return {
        OWNER: cast.alice,
        ADMIN: await add_person(session, cast.acme, "Adam", Role.ADMIN),
        MEMBER: cast.bob,
        VIEWER: cast.vera,
        STRANGER: cast.mallory,
        BANNED: await add_person(session, cast.acme, "Bruno", Role.OWNER),
        OPERATOR: await _operator(session),
        "target": await add_person(session, cast.acme, "Tim", Role.VIEWER),
    }


async def _operator(session: AsyncSession) -> Actor:
    user = await make_user(session, "Petra")
    user.is_admin, user.password_hash = True, "!"
    own = await make_organization(session, user, slug="petra-own", is_personal=True)
    return Actor(user.id, own.id, Role.OWNER)


async def _sign_in(
    session: AsyncSession, seed: Seed, people: dict[str, Actor], now: datetime
) -> None:
    for who, actor in people.items():
        seed.sessions[who] = await start_session(session, actor.user_id, now=now)
        await start_session(session, actor.user_id, now=now)  # elsewhere
        seed.ids[f"{who}_id"] = str(actor.user_id)
    owner = people[OWNER].user_id
    seed.sessions[IMPERSONATED] = await start_session(
        session, owner, now=now, impersonator_id=people[OPERATOR].user_id
    )
    other = WebSession(
        user_id=owner, token_digest=digest_of("other"), created_at=now, last_used_at=now,
        expires_at=now + timedelta(days=1), ends_at=now + timedelta(days=1), authenticated_at=now,
    )  # fmt: skip
    session.add(other)
    await session.flush()
    seed.ids["other_session_id"] = str(other.id)


async def _server(
    session: AsyncSession, seed: Seed, cast: Cast, parts: Resources, now: datetime
) -> None:
    alice = cast.alice
    server = await make_server(session, alice, name=SERVER)
    tool = await add_tool(session, server.id, a_tool("hidden_tool"))
    await publish_version(session, alice, server.id, note="First", now=now)
    tool_2 = await add_tool(session, server.id, a_tool("hidden_town"))
    await publish_version(session, alice, server.id, note="Second", now=now)
    await add_tool(session, server.id, a_tool("hidden_village"))
    python = await add_tool(session, server.id, a_python_tool("hidden_code"))
    variable = await add_variable(
        session, alice, server.id, definition={"name": "HIDDEN_KEY"}, now=now
    )
    free = await add_variable(session, alice, server.id, definition={"name": "FREE"}, now=now)
    await session.flush()
    place = (server.id, variable.id)
    await set_value(session, alice, place, value=VALUE, sealer=parts.sealer, now=now)
    key = await create_key(
        session, fresh(alice), server.id, name="Hidden CI", lifetime="never", now=now
    )
    case = _case(tool, now)
    client = OAuthClient(
        server_id=server.id, client_id="client", details={"client_name": "Hidden client"},
        created_at=now,
    )  # fmt: skip
    session.add_all([
        Guest(server_id=server.id, email_normalized="guest@hidden.example", created_at=now),
        case, client, _call(server.id, now),
    ])  # fmt: skip
    await session.flush()
    grant = Grant(
        server_id=server.id, client_row_id=client.id, user_id=alice.user_id, scope="tools",
        created_at=now,
    )  # fmt: skip
    session.add(grant)
    await session.flush()
    run = await start_run(session, cast.bob, server.id, now=now)
    proposal = await read_pasted(SOURCE)
    intake = await take_source(
        session, alice, proposal, source_url="", sealer=parts.sealer, now=now
    )
    seed.ids |= {
        "server_id": str(server.id), "tool_id": str(tool.id), "tool_2_id": str(tool_2.id),
        "python_id": str(python.id),
        "variable_id": str(variable.id), "free_id": str(free.id), "key_id": str(key.summary.id),
        "case_id": str(case.id), "grant_id": str(grant.id), "run_id": str(run),
        "intake_id": str(intake),
    }  # fmt: skip


def _case(tool: DraftTool, now: datetime) -> TestCase:
    recorded: dict[str, Any] = {"status": 200, "shape": {"type": "object"}}
    return TestCase(
        tool_id=tool.id, name="Hidden case", arguments={}, recorded=recorded, created_at=now
    )


def _call(server_id: UUID, now: datetime) -> Call:
    return Call(
        id=UUID(int=1), server_id=server_id, version_number=1, tool_name="hidden_tool",
        caller_kind=CallerKind.KEY, caller="Hidden CI", status=CallStatus.OK, duration_ms=1.0,
        started_at=now,
    )  # fmt: skip


async def _organization(
    session: AsyncSession, seed: Seed, cast: Cast, parts: Resources, now: datetime
) -> None:
    alice = replace(cast.alice, origin=Origin(is_fresh=True))
    wanted = WantedKey("Hidden pipeline", ("servers:read",), "30")
    letters = parts.letters
    made = await create_organization_key(session, alice, wanted, letters=letters, now=now)
    link = await invitations.invite_by_link(session, fresh(cast.alice), role="member", now=now)
    await invitations.invite_by_mail(
        session, fresh(cast.alice), ["invited@hidden.example"], role="viewer", letters=letters,
        now=now,
    )  # fmt: skip
    await session.flush()
    page = await invitations.list_invitations(session, cast.alice, page=1, now=now)
    mailed = next(one for one in page.invitations if one.email)
    letter = (await session.exec(select(Mail).where(Mail.template == "invitation"))).one()
    seed.ids["mail_id"] = str(letter.id)
    row = await session.get_one(Invitation, mailed.id)
    row.sent_at = now - timedelta(hours=1)  # so that it may be sent again
    seed.ids |= {
        "organization_key_id": str(made.summary.id), "invitation_id": str(mailed.id),
        "invitation_token": link, "organization_key": made.token,
    }  # fmt: skip


async def _account(session: AsyncSession, seed: Seed, cast: Cast, now: datetime) -> None:
    alice = cast.alice.user_id
    rows = {
        "passkey_id": Passkey(
            user_id=alice, name="Hidden passkey", credential_id="abc", public_key=b"x",
            created_at=now,
        ),
        "identity_id": Identity(
            user_id=alice, issuer="https://accounts.google.com", subject="1",
            email="alice@hidden.example", created_at=now,
        ),
        "device_id": TrustedDevice(
            user_id=alice, token_digest=digest_of("device"), user_agent="Hidden browser",
            expires_at=now + timedelta(days=9), last_used_at=now, created_at=now,
        ),
    }  # fmt: skip
    session.add_all(rows.values())
    await session.flush()
    seed.ids |= {name: str(row.id) for name, row in rows.items()}


async def _factors(parts: Resources, alice: Actor, now: datetime) -> None:
    """Give alice an authenticator app and backup codes."""
    codes = await make_codes(parts.passwords)
    async with parts.database.write() as session:
        app = TotpFactor(user_id=alice.user_id, sealed_secret=b"", confirmed_at=now, created_at=now)
        app.sealed_secret = parts.sealer.seal(b"JBSWY3DPEHPK3PXP", bound_to=app.seal_binding)
        session.add(app)
        await keep_codes(session, parts.letters, alice.user_id, codes, origin=FRESH, now=now)
