"""The tools of a draft as a page of a list: searched, filtered by tag and state, and counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import draft_tools_of
from core.models import DraftTool
from core.permissions import Actor, Permission
from saas_app.services.tools.rows import draft_for
from saas_app.services.tools.views import ToolCard, card_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class ToolFilter:
    """What of a draft to list: words anywhere in a tool, one of its tags, and its state."""

    query: str = ""
    tag: str = ""
    state: str = ""

    def keeps(self, row: DraftTool) -> bool:
        """Whether a tool is listed; `state` is on, off, unchecked, checked or proven."""
        if self.state in ("on", "off") and row.is_enabled != (self.state == "on"):
            return False
        if self.state not in ("", "on", "off") and row.evidence != self.state:
            return False
        return (not self.tag or self.tag in row.spec.get("tags", ())) and self._is_named_by(row)

    def _is_named_by(self, row: DraftTool) -> bool:
        request = row.spec.get("request", {})
        parts = (row.name, row.spec.get("title"), row.spec.get("description"), request.get("path"))
        text = f"{' '.join(part or '' for part in parts)} {request.get('method')}".lower()
        return all(word in text for word in self.query.lower().split())


@dataclass(frozen=True, slots=True)
class ToolPage:
    """A part of the list, with counts of the whole."""

    cards: list[ToolCard]
    found: int
    total: int
    enabled: int
    tags: list[tuple[str, int]]


async def list_tools(
    session: AsyncSession,
    actor: Actor,
    server_id: UUID,
    wanted: ToolFilter,
    *,
    offset: int = 0,
    limit: int = PAGE,
) -> ToolPage:
    """Return one page of the draft's tools."""
    draft = await draft_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    rows = await draft_tools_of(session, draft.server)
    found = [row for row in rows if wanted.keeps(row)]
    return ToolPage(
        cards=[card_of(row, draft.variables) for row in found[offset : offset + limit]],
        found=len(found),
        total=len(rows),
        enabled=sum(row.is_enabled for row in rows),
        tags=_tags_of(rows),
    )


async def find_tool_ids(
    session: AsyncSession, actor: Actor, server_id: UUID, wanted: ToolFilter
) -> list[UUID]:
    """Return the ids of all tools that a filter keeps, in their order."""
    draft = await draft_for(session, actor, server_id, to=Permission.SERVER_VIEW)
    return [row.id for row in await draft_tools_of(session, draft.server) if wanted.keeps(row)]


def _tags_of(rows: Sequence[DraftTool]) -> list[tuple[str, int]]:
    counts = Counter(tag for row in rows for tag in row.spec.get("tags", ()))
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))
