"""Reading an organization's audit log: page by page, narrowed, and as one file."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from core.audit_access import (
    AuditFilter,
    audit_entries_of,
    audited_actions_of,
    audited_people_of,
    names_in_audit,
)
from core.errors import NotFound
from core.ids import as_uuid
from core.models import AuditEntry
from core.permissions import Actor
from saas_app.services.limits import Limit
from saas_app.services.spreadsheets import Cell, Rows, as_csv

PAGE = 50
BATCH = 500
SHOWN_OF_ID = 8  # of what has no name any more
AUDIT_EXPORTS = Limit("audit exports", 20, timedelta(hours=1))
COLUMNS = ("when", "who", "as", "action", "subject", "before", "after", "details", "ip", "browser")
# Where the name of an act does not already say it in words.
WORDS: Mapping[str, str] = {
    "access.grants_ended": "Clients disconnected",
    "access.guest_added": "Guest added",
    "access.guest_removed": "Guest removed",
    "access.client_disconnected": "Client disconnected",
    "access.policy_set": "Access policy set",
    "admin.admin_granted": "Made an admin of Toolkiln",
    "admin.admin_revoked": "No admin of Toolkiln any more",
    "admin.deletion_canceled": "Deletion of the account canceled",
    "admin.deletion_scheduled": "Deletion of the account scheduled",
    "admin.factors_reset": "Second factors reset",
    "admin.feature_switched": "Feature switched",
    "admin.impersonation_ended": "Acting in somebody's name ended",
    "admin.impersonation_started": "Acting in somebody's name started",
    "admin.organization_deletion_canceled": "Deletion canceled by Toolkiln",
    "admin.organization_deletion_scheduled": "Deletion scheduled by Toolkiln",
    "admin.organizations_exported": "Organizations exported",
    "admin.sessions_ended": "Signed out everywhere",
    "admin.user_banned": "User banned",
    "admin.user_unbanned": "Ban lifted",
    "admin.users_exported": "Users exported",
    "admin.verification_resent": "Verification letter sent",
    "invitation.link_made": "Invitation link made",
    "organization.slug_changed": "Address changed",
}
ASIDE = frozenset({"before", "after"})
# Details that hold an id. All others are texts, and one that looks like an id names nobody.
IDS = frozenset({"ended", "grant", "invitation", "key", "replaced_by", "server"})
FROM_PERSON_TO_PERSON = "organization.ownership_transferred"  # whose before and after are ids


@dataclass(frozen=True, slots=True)
class Act:
    """An entry in words. `who` is the person or the key; `acting_as` whose account was used."""

    at: datetime
    who: str
    acting_as: str
    action: str
    words: str
    subject: str
    before: str
    after: str
    details: str
    ip_address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of acts, newest first, and what can be filtered by."""

    acts: Sequence[Act]
    page: int
    has_more: bool
    people: Sequence[tuple[UUID, str]]
    actions: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """A filter as an address spells it; days are ISO dates in UTC, both included."""

    person: str = ""
    action: str = ""
    since: str = ""
    until: str = ""

    def parse(self) -> AuditFilter:
        """Read it; what makes no sense does not narrow."""
        since, until = _day(self.since), _day(self.until)
        return AuditFilter(
            person_id=_id(self.person),
            action=self.action.replace("\0", "")[:64] or None,
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until and until < date.max else None,
        )


async def list_acts(
    session: AsyncSession, actor: Actor, question: AuditQuestion, *, page: int = 1
) -> AuditPage:
    """Return one page of what was done in the organization."""
    page = max(page, 1)
    entries = await audit_entries_of(
        session, actor, question.parse(), limit=PAGE + 1, offset=(page - 1) * PAGE
    )
    shown = entries[:PAGE]
    names = await names_in_audit(session, actor, ids_in(shown))
    actions = await audited_actions_of(session, actor)
    return AuditPage(
        acts=[act_of(entry, names) for entry in shown],
        page=page,
        has_more=len(entries) > PAGE,
        people=await audited_people_of(session, actor),
        actions=[(action, in_words(action)) for action in actions],
    )


Reading = Callable[[], AbstractAsyncContextManager[AsyncSession]]
Entering = Callable[[AsyncSession], Awaitable[Actor]]


def export_acts(read: Reading, enter: Entering, question: AuditQuestion) -> AsyncIterator[bytes]:
    """Return the acts as CSV, some rows at a time, each read in a short transaction of its own.

    Args:
        read: Opens a transaction.
        enter: Returns the actor, asked again each time: who loses the right gets no more rows.
        question: Which acts.
    """
    return as_csv(COLUMNS, _batches(read, enter, question.parse()))


async def _batches(read: Reading, enter: Entering, only: AuditFilter) -> AsyncIterator[Rows]:
    last: AuditEntry | None = None
    while True:
        async with read() as session:
            actor = await enter(session)
            entries = await audit_entries_of(session, actor, only, limit=BATCH, after=last)
            names = await names_in_audit(session, actor, ids_in(entries))
        if entries:
            yield [_cells(act_of(entry, names)) for entry in entries]
        if len(entries) < BATCH:
            return
        last = entries[-1]


def act_of(entry: AuditEntry, names: Mapping[UUID, str]) -> Act:
    """Put an entry into words."""
    said = {key: _detail(entry, key, names) for key in entry.details}
    rest = [key for key, value in entry.details.items() if value and key not in ASIDE]
    return Act(
        at=entry.created_at,
        who=_who(entry, names),
        acting_as=_name(entry.acting_as_id, names),
        action=entry.action,
        words=in_words(entry.action),
        subject=_subject(entry, names),
        before=said.get("before", ""),
        after=said.get("after", ""),
        details=" · ".join(f"{key}: {said[key]}" for key in rest),
        ip_address=entry.ip_address,
        user_agent=entry.user_agent,
    )


def in_words(action: str) -> str:
    """Return an act as a table shows it: `member.role_changed` is "Member role changed"."""
    return WORDS.get(action, action.replace(".", " ").replace("_", " ").capitalize())


def _who(entry: AuditEntry, names: Mapping[UUID, str]) -> str:
    if entry.key_id is not None:
        return f"Key {_name(entry.key_id, names)}"
    if entry.user_id is None:
        return "Somebody signed out" if entry.ip_address else "Toolkiln"
    return _name(entry.user_id, names)


def _name(one: UUID | None, names: Mapping[UUID, str]) -> str:
    return "" if one is None else names.get(one, "Deleted")


def _subject(entry: AuditEntry, names: Mapping[UUID, str]) -> str:
    """Return what the act was done to; one whose details name it needs no id."""
    subject = _id(entry.subject)
    if subject is None:
        return entry.subject
    if subject == entry.organization_id:
        return ""
    return names.get(subject, "")


def _detail(entry: AuditEntry, key: str, names: Mapping[UUID, str]) -> str:
    value = entry.details[key]
    if not _holds_id(entry, key):
        return _text(value)
    one = _id(value)
    return value if one is None else names.get(one, value[:SHOWN_OF_ID])


def _holds_id(entry: AuditEntry, key: str) -> bool:
    return key in IDS or (key in ASIDE and entry.action == FROM_PERSON_TO_PERSON)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(one)}" for key, one in value.items())
    return orjson.dumps(value).decode()


def ids_in(entries: Collection[AuditEntry]) -> set[UUID]:
    """Return all ids that these entries refer to."""
    found: set[UUID | None] = set()
    for entry in entries:
        texts = [text for key, text in entry.details.items() if _holds_id(entry, key)]
        found.update((entry.user_id, entry.acting_as_id, entry.key_id))
        found.update(_id(text) for text in (entry.subject, *texts))
    return {one for one in found if one is not None}


def _cells(act: Act) -> Sequence[Cell]:
    return (
        act.at, act.who, act.acting_as, act.action, act.subject, act.before, act.after,
        act.details, act.ip_address, act.user_agent,
    )  # fmt: skip


def _id(text: str) -> UUID | None:
    try:
        return as_uuid(text)
    except NotFound:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
