"""Who may do what: the one place where roles are compared."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.errors import Forbidden, NotFresh


class Role(StrEnum):
    """A member's role in an organization."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class Permission(StrEnum):
    """Something that can be allowed, as noun and verb."""

    SERVER_VIEW = "server:view"
    SERVER_EDIT = "server:edit"
    SERVER_TRY = "server:try"
    SERVER_PUBLISH = "server:publish"
    SERVER_DELETE = "server:delete"
    ACCESS_MANAGE = "access:manage"
    KEY_MANAGE = "key:manage"
    EVIDENCE_MANAGE = "evidence:manage"
    CALL_VIEW = "call:view"
    MEMBER_VIEW = "member:view"
    MEMBER_MANAGE = "member:manage"
    ORGANIZATION_EDIT = "organization:edit"
    ORGANIZATION_DELETE = "organization:delete"
    OWNER_MANAGE = "owner:manage"
    ORGANIZATION_KEY_MANAGE = "organization_key:manage"
    AUDIT_VIEW = "audit:view"


_VIEWER = frozenset(
    {
        Permission.SERVER_VIEW,
        Permission.CALL_VIEW,
        Permission.MEMBER_VIEW,
    }
)
_MEMBER = _VIEWER | {Permission.SERVER_EDIT, Permission.SERVER_TRY, Permission.SERVER_PUBLISH}
_ADMIN = _MEMBER | {
    Permission.SERVER_DELETE,
    Permission.ACCESS_MANAGE,
    Permission.KEY_MANAGE,
    Permission.EVIDENCE_MANAGE,
    Permission.MEMBER_MANAGE,
    Permission.ORGANIZATION_EDIT,
    Permission.ORGANIZATION_KEY_MANAGE,
    Permission.AUDIT_VIEW,
}
_OWNER = _ADMIN | {Permission.ORGANIZATION_DELETE, Permission.OWNER_MANAGE}

ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _OWNER,
    Role.ADMIN: _ADMIN,
    Role.MEMBER: _MEMBER,
    Role.VIEWER: _VIEWER,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """From where an act comes, for the record: the browser, and who stands behind the actor.

    `impersonator_id` is the admin who acts in the user's name, `key_id` the key of a program.
    `is_fresh` says that the person has proved lately who they are.
    """

    ip_address: str = ""
    user_agent: str = ""
    impersonator_id: UUID | None = None
    key_id: UUID | None = None
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user in one organization, in the role that membership gives there.

    A program acts as whoever made its key, within the key's scopes: `only` narrows the role.
    """

    user_id: UUID
    organization_id: UUID
    role: Role
    origin: Origin = Origin()
    only: frozenset[Permission] | None = None

    def can(self, permission: Permission) -> bool:
        """Whether the role, and the key where there is one, allow it."""
        is_in_scope = self.only is None or permission in self.only
        return is_in_scope and permission in ALLOWED[self.role]

    def require(self, permission: Permission) -> None:
        """Refuse unless the role allows it.

        Raises:
            Forbidden: it does not.
        """
        if self.only is not None and permission not in self.only:
            raise Forbidden(f"This key lacks the scope {permission}.")
        if not self.can(permission):
            raise Forbidden(
                f"Your role ({self.role}) does not allow that. Ask an owner or an admin."
            )

    def may_grant(self, role: Role) -> bool:
        """Whether the actor may give a role, or take it away: none that allows more than theirs."""
        if role is Role.OWNER and not self.can(Permission.OWNER_MANAGE):
            return False
        return self.can(Permission.MEMBER_MANAGE) and ALLOWED[role] <= ALLOWED[self.role]

    def require_grant(self, role: Role) -> None:
        """Refuse unless the actor may give a role, or take it away.

        Raises:
            Forbidden: they may not.
        """
        self.require(Permission.MEMBER_MANAGE)
        if not self.may_grant(role):
            raise Forbidden(f"Your role ({self.role}) may not make or change an {role}.")

    def require_in_person(self) -> None:
        """Refuse an admin who acts in the user's name; see `require_in_person`."""
        require_in_person(self.origin)

    def require_fresh(self) -> None:
        """Refuse a sensitive act unless the person has proved lately who they are.

        Raises:
            NotFresh: they have not.
            Forbidden: an admin acts in the user's name, or a program does.
        """
        require_fresh(self.origin)

    def require_fresh_or_key(self) -> None:
        """Refuse a sensitive act that programs may do as well, within the scopes of their key.

        Raises:
            NotFresh: a person has not proved lately who they are.
            Forbidden: an admin acts in the user's name.
        """
        if self.origin.key_id is None:
            self.require_fresh()


class MayBeImpersonated(Protocol):
    """What tells whether an admin acts in a user's name: an origin, or who holds a session."""

    @property
    def impersonator_id(self) -> UUID | None: ...


def require_in_person(who: MayBeImpersonated) -> None:
    """Refuse what an admin may not do in somebody else's name.

    Raises:
        Forbidden: an admin acts in the user's name.
    """
    if who.impersonator_id is not None:
        raise Forbidden("That cannot be done in somebody else's name.")


def require_fresh(origin: Origin) -> None:
    """Refuse a sensitive act from anywhere but the person's own, freshly confirmed session.

    Raises:
        NotFresh: the session is theirs and not fresh.
        Forbidden: an admin acts in the user's name, or a program does.
    """
    require_in_person(origin)
    if origin.key_id is not None:
        raise Forbidden("That cannot be done with a key. Sign in and do it in the browser.")
    if not origin.is_fresh:
        raise NotFresh("Confirm that it is you, then try again.")
