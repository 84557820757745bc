"""What we hold about a user, as files of JSON, and those in one archive."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tools_of, keys_of, servers_of, variables_of, version_heads_of
from core.audit_access import own_audit_entries_of
from core.models import AuditEntry, Identity, Passkey, User, WebSession
from core.organization_access import Belonging, belongings_of
from core.permissions import Actor, Role

MOST_ENTRIES = 10_000


async def collect_account(
    session: AsyncSession, user_id: UUID, *, now: datetime
) -> dict[str, bytes]:
    """Return what we hold about a user, as files by name; digests, hashes and secrets stay out."""
    user = await session.get_one(User, user_id)
    belongings = await belongings_of(session, user_id, now=now)
    found: dict[str, Any] = {
        "profile": {**_profile(user), **await _ways_in(session, user_id)},
        "sessions": await _sessions(session, user_id),
        "organizations": [_belonging(one) for one in belongings],
        "audit": [
            _act(entry, user_id)
            for entry in await own_audit_entries_of(session, user_id, limit=MOST_ENTRIES)
        ],
        "servers": [
            server
            for one in belongings
            if one.organization.is_personal and one.role is Role.OWNER
            for server in await _servers(session, user_id, one)
        ],
    }
    return {f"{name}.json": _json(value) for name, value in found.items()}


def as_zip(files: Mapping[str, bytes], *, now: datetime) -> bytes:
    """Pack files; the same files at the same moment give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            about = zipfile.ZipInfo(name, date_time=now.timetuple()[:6])
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, content)
    return packed.getvalue()


def _profile(user: User) -> dict[str, Any]:
    shown = {"id", "name", "email", "email_verified_at", "created_at", "onboarded_at", "muted_mail"}
    return user.model_dump(include=shown) | {"has_password": user.password_hash is not None}


async def _ways_in(session: AsyncSession, user_id: UUID) -> dict[str, Any]:
    identities = await session.exec(select(Identity).where(Identity.user_id == user_id))
    passkeys = await session.exec(select(Passkey).where(Passkey.user_id == user_id))
    return {
        "identities": [
            one.model_dump(include={"issuer", "email", "created_at", "last_used_at"})
            for one in identities.all()
        ],
        "passkeys": [
            one.model_dump(include={"name", "created_at", "last_used_at"}) for one in passkeys.all()
        ],
    }


async def _sessions(session: AsyncSession, user_id: UUID) -> list[dict[str, Any]]:
    shown = {"created_at", "last_used_at", "expires_at", "user_agent", "ip_address"}
    theirs = select(WebSession).where(
        WebSession.user_id == user_id, col(WebSession.impersonator_id).is_(None)
    )
    return [one.model_dump(include=shown) for one in (await session.exec(theirs)).all()]


def _belonging(one: Belonging) -> dict[str, Any]:
    organization = one.organization
    return {
        "name": organization.name,
        "slug": organization.slug,
        "role": one.role.value,
        "is_personal": organization.is_personal,
        "members": one.others + 1,
        "servers": one.servers,
    }


def _act(entry: AuditEntry, user_id: UUID) -> dict[str, Any]:
    """Return an entry; where an admin acted in the user's name, the IP address is the admin's."""
    shown = entry.model_dump(include={"created_at", "action", "subject", "details"})
    return shown | {"ip_address": entry.ip_address if entry.user_id == user_id else ""}


async def _servers(session: AsyncSession, user_id: UUID, one: Belonging) -> list[dict[str, Any]]:
    actor = Actor(user_id, one.organization.id, one.role)
    return [
        {
            **server.model_dump(
                include={"name", "description", "instructions", "access_policy", "created_at"}
            ),
            "tools": [row.spec for row in await draft_tools_of(session, server)],
            "variables": [row.definition for row in await variables_of(session, server)],
            "versions": [
                {"number": head.number, "note": head.note, "created_at": head.created_at}
                for head in await version_heads_of(session, server)
            ],
            "keys": [
                key.model_dump(include={"name", "shown_part", "created_at", "expires_at"})
                for key in await keys_of(session, server)
            ],
        }
        for server in await servers_of(session, actor)
    ]


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)
