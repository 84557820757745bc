"""The list of organizations in the admin area: everything about it stands in its address."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from core.clock import now_utc
from saas_app.services.admin.organizations import (
    PLAN_NAMES,
    OrganizationLine,
    list_organizations,
)
from saas_app.services.admin.questions import (
    NEWEST,
    ORGANIZATION_SORTS,
    PAGE,
    OrganizationQuestion,
)
from saas_app.state.addresses import asked, number_asked, with_query
from saas_app.state.admin import AdminState, in_all, sort_address
from saas_app.state.markers import admin
from saas_app.state.server import as_text

HERE = "/admin/organizations"
EXPORT = "/api/admin/organizations"
FILTERS = ("kind", "plan", "standing")


@dataclass(frozen=True)
class OrganizationRow:
    """An organization in the list."""

    href: str
    name: str
    slug: str
    is_personal: bool
    plan: str
    members: int
    invitations: int
    servers: int
    delete_at: str
    created: str


class AdminOrganizationsState(AdminState):
    """One page of organizations, and the ways to others."""

    organization_rows: list[OrganizationRow] = []
    is_list_ready: bool = False
    list_query: str = ""
    list_filters: dict[str, str] = dict.fromkeys(FILTERS, "")
    list_sort: str = ""
    is_list_filtered: bool = False
    list_summary: str = ""
    previous_list: str = ""
    next_list: str = ""
    list_sorts: dict[str, list[str]] = {name: ["", "none"] for name in ORGANIZATION_SORTS}
    list_files: dict[str, str] = {}

    @rx.event
    @admin
    async def load_organizations(self) -> None:
        """Show the organizations that the address asks for."""
        url = self.router.url
        question = OrganizationQuestion.parse(
            plans=PLAN_NAMES, **{name: asked(url, name) for name in ("q", *FILTERS, "sort")}
        )
        async with self._overseeing() as (session, admin_here):
            found = await list_organizations(
                session, admin_here, question, page=number_asked(url, "page"), now=now_utc()
            )
        self.list_query, self.list_sort = question.search, question.sort
        self.list_filters = {name: getattr(question, name) for name in FILTERS}
        self.is_list_filtered = bool(question.search) or any(self.list_filters.values())
        self.organization_rows = [_row(one) for one in found.organizations]
        self.list_summary = in_all(found.page, PAGE, len(found.organizations), found.total)
        more = found.page * PAGE < found.total
        self.previous_list = self._list_at(page=found.page - 1) if found.page > 1 else ""
        self.next_list = self._list_at(page=found.page + 1) if more else ""
        self._show_ways()
        self.is_list_ready = True

    @rx.event
    @admin
    async def search_organizations(self, text: str) -> EventSpec:
        """Put the search into the address; the list follows it."""
        self._read_list_address()
        return rx.redirect(self._list_at(q=str(text)), replace=True)

    @rx.event
    @admin
    async def choose(self, name: str, value: str) -> EventSpec:
        """Narrow by kind, plan or standing."""
        self._read_list_address()
        return rx.redirect(self._list_at(**({name: str(value)} if name in FILTERS else {})))

    def _read_list_address(self) -> None:
        url = self.router.url
        self.list_query, self.list_sort = asked(url, "q"), asked(url, "sort")
        self.list_filters = {name: asked(url, name) for name in FILTERS}

    def _list_at(self, **changed: object) -> str:
        kept = {"q": self.list_query, **self.list_filters, "sort": self.list_sort}
        return with_query(HERE, **{**kept, **changed})

    def _show_ways(self) -> None:
        filters = {"q": self.list_query, **self.list_filters}
        sort = self.list_sort or NEWEST
        self.list_sorts = {
            column: list(sort_address(HERE, column, sort, **filters))
            for column in ORGANIZATION_SORTS
        }
        self.list_files = {
            "comma": with_query(f"{EXPORT}.csv", **filters),
            "semicolon": with_query(f"{EXPORT}.csv", **filters, delimiter="semicolon"),
            "tab": with_query(f"{EXPORT}.csv", **filters, delimiter="tab"),
            "excel": with_query(f"{EXPORT}.xlsx", **filters),
        }


def _row(line: OrganizationLine) -> OrganizationRow:
    organization = line.organization
    return OrganizationRow(
        href=f"{HERE}/{organization.id}",
        name=organization.name,
        slug=organization.slug,
        is_personal=organization.is_personal,
        plan=line.plan,
        members=line.sizes.members,
        invitations=line.sizes.invitations,
        servers=line.sizes.servers,
        delete_at=as_text(organization.delete_at),
        created=as_text(organization.created_at),
    )
