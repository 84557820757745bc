"""The audit log of an organization, filtered by the address."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from core.errors import Forbidden
from saas_app.services import audit_log
from saas_app.services.audit_log import Act, AuditQuestion
from saas_app.state.addresses import asked, number_asked, with_query
from saas_app.state.base import AppState, text_in
from saas_app.state.markers import member
from saas_app.state.server import as_text


@dataclass(frozen=True)
class ActRow:
    """An act in the list."""

    at: str
    who: str
    acting_as: str
    words: str
    subject: str
    before: str
    after: str
    details: str
    ip_address: str
    user_agent: str


class AuditState(AppState):
    """One page of acts, and what it is filtered by."""

    acts: list[ActRow] = []
    is_audit_ready: bool = False
    audit_trouble: str = ""
    only_person: str = ""
    only_action: str = ""
    only_since: str = ""
    only_until: str = ""
    is_filtered: bool = False
    people: list[list[str]] = []
    actions: list[list[str]] = []
    audit_page: int = 1
    newer_acts: str = ""
    older_acts: str = ""
    csv_href: str = ""

    @rx.event
    @member
    async def load_audit(self) -> None:
        """Show the acts that the address asks for, or say that the role may not see them."""
        self._read_address()
        question = AuditQuestion(
            self.only_person, self.only_action, self.only_since, self.only_until
        )
        page, self.audit_trouble = number_asked(self.router.url, "page"), ""
        async with self._looking() as (session, actor):
            try:
                found = await audit_log.list_acts(session, actor, question, page=page)
            except Forbidden as refusal:
                self.acts, self.audit_trouble = [], refusal.message
                self.is_audit_ready = True
                return
        self.acts, self.audit_page = [act_row(act) for act in found.acts], found.page
        self.people = [["", "Anybody"], *([str(one), name] for one, name in found.people)]
        self.actions = [["", "Any act"], *([action, words] for action, words in found.actions)]
        self.newer_acts = self._address(page=found.page - 1) if found.page > 1 else ""
        self.older_acts = self._address(page=found.page + 1) if found.has_more else ""
        self.csv_href = with_query(f"/api/o/{self._slug_in_address()}/audit.csv", **self._only())
        self.is_audit_ready = True

    @rx.event
    @member
    async def filter_acts(self, typed: dict[str, Any]) -> EventSpec:
        """Put the filter into the address; the list follows it."""
        for name in ("person", "action", "since", "until"):
            setattr(self, f"only_{name}", text_in(typed, name))
        return rx.redirect(self._address(page=1))

    def _read_address(self) -> None:
        url = self.router.url
        self.only_person, self.only_action = asked(url, "person"), asked(url, "action")
        self.only_since, self.only_until = asked(url, "since"), asked(url, "until")
        self.is_filtered = any(self._only().values())

    def _only(self) -> dict[str, str]:
        return {
            "person": self.only_person,
            "action": self.only_action,
            "since": self.only_since,
            "until": self.only_until,
        }

    def _address(self, *, page: int) -> str:
        return with_query(f"/o/{self._slug_in_address()}/audit", **self._only(), page=page)


def act_row(act: Act) -> ActRow:
    """Return an act as a table draws it."""
    return ActRow(
        at=as_text(act.at),
        who=act.who,
        acting_as=act.acting_as,
        words=act.words,
        subject=act.subject,
        before=act.before,
        after=act.after,
        details=act.details,
        ip_address=act.ip_address,
        user_agent=act.user_agent,
    )
