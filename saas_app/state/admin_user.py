"""One person in the admin area: what is shown of them."""

from dataclasses import dataclass

import reflex as rx

from core.admin_access import Place
from core.clock import now_utc
from core.errors import NotFound
from saas_app.services.admin.bans import Ban
from saas_app.services.admin.person import Person, look_at_person
from saas_app.services.identities import IdentitySummary
from saas_app.services.letters import as_moment
from saas_app.state.addresses import last_part, seen_in
from saas_app.state.admin import AdminState
from saas_app.state.admin_users import STANDINGS
from saas_app.state.audit import ActRow, act_row
from saas_app.state.markers import admin
from saas_app.state.server import as_text


@dataclass(frozen=True)
class PersonView:
    """The person, in what a page needs of them."""

    id: str = ""
    name: str = ""
    email: str = ""
    is_admin: bool = False
    is_verified: bool = False
    is_onboarded: bool = False
    standing: str = ""
    standing_words: str = ""
    created: str = ""
    verified: str = ""
    delete_at: str = ""
    is_banned: bool = False
    banned_at: str = ""
    ban_reason: str = ""
    ban_ends: str = ""
    ban_last_day: str = ""
    sessions: int = 0
    has_password: bool = False
    has_app: bool = False
    passkeys: int = 0
    backup_codes: int = 0
    trusted_devices: int = 0


@dataclass(frozen=True)
class PlaceRow:
    """An organization that the person is in."""

    href: str
    name: str
    role: str
    since: str


@dataclass(frozen=True)
class IdentityRow:
    """An account elsewhere that signs the person in."""

    issuer: str
    email: str


class AdminUserState(AdminState):
    """The person that the address names."""

    person: PersonView = PersonView()
    person_places: list[PlaceRow] = []
    person_identities: list[IdentityRow] = []
    person_acts: list[ActRow] = []
    person_asked: str = ""
    person_trouble: str = ""

    @rx.event
    @admin
    async def load_person(self) -> None:
        """Show the person, or say that there is none."""
        await self._load_person_again()

    async def _load_person_again(self) -> None:
        self.person_trouble, now = "", now_utc()
        try:
            async with self._overseeing() as (session, admin_here):
                user_id = seen_in(self.router.url, after="users")
                found = await look_at_person(session, admin_here, user_id, now=now)
        except NotFound as refusal:
            self.person, self.person_trouble = PersonView(), refusal.message
            self._note_asked()
            return
        self.person = _view(found)
        self.person_places = [_place(one) for one in found.places]
        self.person_identities = [_identity(one) for one in found.identities]
        self.person_acts = [act_row(one) for one in found.acts]
        self._note_asked()

    def _note_asked(self) -> None:
        """Note whose address the page has been filled for."""
        self.person_asked = last_part(self.router.url)


def _view(found: Person) -> PersonView:
    user, factors = found.user, found.factors
    is_banned = found.standing == "banned"
    return PersonView(
        id=str(user.id),
        name=user.name,
        email=user.email,
        is_admin=user.is_admin,
        is_verified=user.email_verified_at is not None,
        is_onboarded=user.onboarded_at is not None,
        standing=found.standing.value,
        standing_words=STANDINGS[found.standing],
        created=as_text(user.created_at),
        verified=as_text(user.email_verified_at),
        delete_at=as_text(user.delete_at),
        is_banned=is_banned,
        banned_at=as_text(user.banned_at),
        ban_reason=user.ban_reason if is_banned else "",
        ban_ends=as_moment(user.ban_ends_at) if is_banned and user.ban_ends_at else "",
        ban_last_day=Ban(user.ban_reason, user.ban_ends_at).last_day if is_banned else "",
        sessions=found.sessions,
        has_password=factors.has_password,
        has_app=factors.has_app,
        passkeys=factors.passkeys,
        backup_codes=factors.backup_codes,
        trusted_devices=factors.trusted_devices,
    )


def _place(one: Place) -> PlaceRow:
    return PlaceRow(
        href=f"/admin/organizations/{one.id}",
        name=one.name,
        role=one.role.capitalize(),
        since=as_text(one.since),
    )


def _identity(one: IdentitySummary) -> IdentityRow:
    return IdentityRow(
        issuer=one.issuer.removeprefix("https://"),
        email=one.email,
    )
