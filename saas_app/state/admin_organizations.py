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
from saas_app.services.admin.questions import ORGANIZATION_SORTS, OrganizationQuestion
from saas_app.state.addresses import number_asked
from saas_app.state.admin import AdminState
from saas_app.state.admin_list import AdminList, ListView
from saas_app.state.markers import admin
from saas_app.state.server import as_text

ORGANIZATIONS = AdminList(
    "organizations", filters=("kind", "plan", "standing"), sorts=ORGANIZATION_SORTS
)


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
    organization_list: ListView = ORGANIZATIONS.begin()
    is_list_ready: bool = False

    @rx.event
    @admin
    async def load_organizations(self) -> None:
        """Show the organizations that the address asks for."""
        url = self.router.url
        question = OrganizationQuestion.parse(plans=PLAN_NAMES, **ORGANIZATIONS.asked(url))
        async with self._overseeing() as (session, admin_here):
            found = await list_organizations(
                session, admin_here, question, page=number_asked(url, "page"), now=now_utc()
            )
        self.organization_rows = [_row(one) for one in found.organizations]
        self.organization_list = ORGANIZATIONS.view(
            question, page=found.page, shown=len(found.organizations), total=found.total
        )
        self.is_list_ready = True

    @rx.event
    @admin
    async def search_organizations(self, text: str) -> EventSpec:
        """Put the search into the address; the list follows it."""
        return rx.redirect(ORGANIZATIONS.at(self.router.url, "q", str(text)), replace=True)

    @rx.event
    @admin
    async def narrow_organizations(self, name: str, value: str) -> EventSpec:
        """Narrow by kind, plan or standing."""
        return rx.redirect(ORGANIZATIONS.at(self.router.url, str(name), str(value)))


def _row(line: OrganizationLine) -> OrganizationRow:
    organization = line.organization
    return OrganizationRow(
        href=f"{ORGANIZATIONS.path}/{organization.id}",
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
