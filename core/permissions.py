"""Who may do what: the one place where roles are compared."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from core.errors import Forbidden


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


_VIEWER = frozenset({Permission.SERVER_VIEW, Permission.CALL_VIEW})
_MEMBER = _VIEWER | {Permission.SERVER_EDIT, Permission.SERVER_TRY, Permission.SERVER_PUBLISH}
_ADMIN = _MEMBER | {
    Permission.SERVER_DELETE,
    Permission.ACCESS_MANAGE,
    Permission.KEY_MANAGE,
    Permission.EVIDENCE_MANAGE,
}

ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _ADMIN,
    Role.ADMIN: _ADMIN,
    Role.MEMBER: _MEMBER,
    Role.VIEWER: _VIEWER,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user in one organization, in the role that membership gives there."""

    user_id: UUID
    organization_id: UUID
    role: Role

    def can(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in ALLOWED[self.role]

    def require(self, permission: Permission) -> None:
        """Refuse unless the role allows it.

        Raises:
            Forbidden: it does not.
        """
        if not self.can(permission):
            raise Forbidden(
                f"Your role ({self.role}) does not allow that. Ask an owner or an admin."
            )
