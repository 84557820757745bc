"""What admins did, for one another to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin, admin_acts, admins_seen, names_seen
from core.errors import NotFound
from core.ids import as_uuid
from saas_app.services.audit_log import Act, act_of, ids_in

PAGE = 50


@dataclass(frozen=True, slots=True)
class ActsPage:
    """One page of acts, newest first, and the admins, also former ones, to narrow to."""

    acts: Sequence[Act]
    page: int
    has_more: bool
    admins: Sequence[tuple[UUID, str]]


async def list_admin_acts(session: AsyncSession, admin: Admin, *, by: str, page: int) -> ActsPage:
    """Return one page; `by` is an admin's id, or what does not narrow."""
    page = max(page, 1)
    entries = await admin_acts(session, admin, by=_id(by), limit=PAGE + 1, offset=(page - 1) * PAGE)
    shown = entries[:PAGE]
    names = await names_seen(session, admin, ids_in(shown))
    return ActsPage(
        acts=[act_of(entry, names) for entry in shown],
        page=page,
        has_more=len(entries) > PAGE,
        admins=await admins_seen(session, admin),
    )


def _id(text: str) -> UUID | None:
    try:
        return as_uuid(text)
    except NotFound:
        return None
