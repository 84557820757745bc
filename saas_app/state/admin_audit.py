"""What admins did, page by page."""

import reflex as rx
from reflex.event import EventSpec

from saas_app.services.admin.acts import list_admin_acts
from saas_app.state.addresses import asked, number_asked, with_query
from saas_app.state.admin import AdminState
from saas_app.state.audit import ActRow, act_row
from saas_app.state.markers import admin

HERE = "/admin/audit"


class AdminAuditState(AdminState):
    """One page of acts, and whose they are."""

    admin_acts: list[ActRow] = []
    is_acts_ready: bool = False
    acts_by: str = ""
    acts_admins: list[list[str]] = []
    acts_page: int = 1
    newer_admin_acts: str = ""
    older_admin_acts: str = ""

    @rx.event
    @admin
    async def load_acts(self) -> None:
        """Show the acts that the address asks for."""
        url = self.router.url
        by = asked(url, "by")
        async with self._overseeing() as (session, admin_here):
            found = await list_admin_acts(
                session, admin_here, by=by, page=number_asked(url, "page")
            )
        self.admin_acts = [act_row(one) for one in found.acts]
        self.acts_admins = [["", "Any admin"], *([str(one), name] for one, name in found.admins)]
        self.acts_by = by if any(by == str(one) for one, _name in found.admins) else ""
        page = self.acts_page = found.page
        self.newer_admin_acts = with_query(HERE, by=by, page=page - 1) if page > 1 else ""
        self.older_admin_acts = with_query(HERE, by=by, page=page + 1) if found.has_more else ""
        self.is_acts_ready = True

    @rx.event
    @admin
    async def choose_admin(self, by: str) -> EventSpec:
        """Narrow to one admin's acts."""
        return rx.redirect(with_query(HERE, by=str(by)))
