"""What the admin area's pages share: whether there is such an area for whoever asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx
from sqlmodel.ext.asyncio.session import AsyncSession

from core.access import organizations_of
from core.admin_access import NOWHERE, Admin, admin_of
from core.clock import now_utc
from core.errors import NotFound
from core.sessions import holder_of
from saas_app import resources
from saas_app.state.base import AppState
from saas_app.state.markers import public

OPEN, SHUT = "open", "shut"


class AdminState(AppState):
    """Parent of the admin area's states; for others than admins none of its pages is there."""

    admin_door: str = ""

    @rx.event
    @public
    async def enter_admin(self) -> None:
        """Find out whether the page is there for whoever asks; its handlers ask for themselves."""
        holder = await self._holder_or_none()
        if holder is None or not holder.is_admin:
            self.admin_door = SHUT
            return
        self.sandbox_mode = str(resources.get().settings.sandbox)
        async with resources.get().database.read() as session:
            mine = await organizations_of(session, holder.user_id)
        self.organizations = [{"slug": one.slug, "name": one.name} for one in mine]
        self._tell_on_page("")
        self._clear_problems()
        self.admin_door = OPEN

    @asynccontextmanager
    async def _administering(self) -> AsyncIterator[tuple[AsyncSession, Admin]]:
        """Open a write transaction for the admin who holds the cookie.

        Raises:
            NotFound: there is none.
        """
        async with resources.get().database.write() as session:
            yield session, await self._admin(session)

    @asynccontextmanager
    async def _overseeing(self) -> AsyncIterator[tuple[AsyncSession, Admin]]:
        """Open a read transaction; otherwise like `_administering`."""
        async with resources.get().database.read() as session:
            yield session, await self._admin(session)

    async def _admin(self, session: AsyncSession) -> Admin:
        holder = await holder_of(session, self._session_token(), now=now_utc())
        if holder is None:
            raise NotFound(NOWHERE)
        return admin_of(holder, self._origin(holder))
