"""A copy of what we hold about a user: asked for, collected as files of JSON, and packed.

Where the copy is kept is for the job to decide: nothing here knows a store.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tools_of, keys_of, servers_of, variables_of, version_heads_of
from core.audit import record_own_act
from core.audit_access import own_audit_entries_of
from core.crypto import Sealer
from core.errors import Conflict
from core.models import FilePurpose, Identity, Job, JobStatus, Passkey, StoredFile, User, WebSession
from core.organization_access import Belonging, belongings_of
from core.permissions import Actor, Origin, require_fresh
from saas_app.services.jobs import enqueue
from saas_app.services.limits import Limit
from saas_app.services.mail import Letter, post
from saas_app.services.organization_deletion import in_words

KIND = "export_account"
KEPT = timedelta(days=7)
MOST_ENTRIES = 10_000
ACCOUNT_EXPORTS = Limit("account exports", 3, timedelta(days=1))
OPEN = (JobStatus.WAITING, JobStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class ExportView:
    """Where the copy stands: being made, failed with a message, or there until it ends.

    `key` is the file in the store, for a signed address; only the user may be given one.
    """

    is_running: bool = False
    problem: str = ""
    key: str = ""
    size_bytes: int = 0
    made_at: datetime | None = None
    ends_at: datetime | None = None


async def request_export(
    session: AsyncSession, user_id: UUID, *, origin: Origin, now: datetime
) -> UUID:
    """Ask for a copy, and return the job's id; a letter comes when it is there.

    Raises:
        NotFresh: the person has not proved lately who they are.
        Conflict: one is being made.
    """
    require_fresh(origin)
    job = await _last_job(session, user_id)
    if job is not None and job.status in OPEN:
        raise Conflict("A copy is being made already. You get a letter when it is there.")
    job = await enqueue(session, KIND, {"user_id": str(user_id)}, now=now)
    record_own_act(session, user_id, "account.export_requested", now=now, origin=origin)
    return job.id


async def look_at_export(session: AsyncSession, user_id: UUID, *, now: datetime) -> ExportView:
    """Say where the user's newest copy stands."""
    job = await _last_job(session, user_id)
    if job is not None and job.status in OPEN:
        return ExportView(is_running=True)
    file = await _newest_file(session, user_id, now=now)
    if file is not None and (job is None or job.created_at <= file.created_at):
        return ExportView(
            key=file.key,
            size_bytes=file.size_bytes,
            made_at=file.created_at,
            ends_at=file.delete_at,
        )
    return ExportView(problem=job.message if job and job.status is JobStatus.FAILED else "")


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
            entry.model_dump(include={"created_at", "action", "subject", "details", "ip_address"})
            for entry in await own_audit_entries_of(session, user_id, limit=MOST_ENTRIES)
        ],
        "servers": [
            server
            for one in belongings
            if one.organization.is_personal
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


async def record_export(
    session: AsyncSession,
    user_id: UUID,
    *,
    file: tuple[str, int],
    sealing: tuple[Sealer, str],
    now: datetime,
) -> None:
    """Note that the copy is in the store, and tell the user.

    Args:
        session: a transaction.
        user_id: whose copy it is.
        file: its key in the store, and its size in bytes.
        sealing: what seals the letter, and the web app's address for the link in it.
        now: when it was stored; it goes a week later.
    """
    user, (key, size), (sealer, web_url) = await session.get_one(User, user_id), file, sealing
    session.add(
        StoredFile(
            key=key,
            purpose=FilePurpose.EXPORT,
            user_id=user_id,
            content_type="application/zip",
            size_bytes=size,
            delete_at=now + KEPT,
            created_at=now,
        )
    )
    values = {
        "name": user.name,
        "link": f"{web_url}/account/data",
        "expires": in_words(now + KEPT),
    }
    letter = Letter("export_ready", to=user.email, values=values, user_id=user_id)
    await post(session, sealer, letter, now=now)
    record_own_act(session, user_id, "account.exported", now=now)


async def _last_job(session: AsyncSession, user_id: UUID) -> Job | None:
    theirs = (
        select(Job)
        .where(
            Job.kind == KIND,
            col(Job.payload)["user_id"].as_string() == str(user_id),
        )
        .order_by(col(Job.created_at).desc())
        .limit(1)
    )
    return (await session.exec(theirs)).first()


async def _newest_file(session: AsyncSession, user_id: UUID, *, now: datetime) -> StoredFile | None:
    theirs = (
        select(StoredFile)
        .where(
            StoredFile.user_id == user_id,
            StoredFile.purpose == FilePurpose.EXPORT,
            col(StoredFile.delete_at) > now,
        )
        .order_by(col(StoredFile.created_at).desc())
        .limit(1)
    )
    return (await session.exec(theirs)).first()


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
