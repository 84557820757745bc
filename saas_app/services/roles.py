"""What roles may do, in words, from the one table of permissions."""

from dataclasses import dataclass

from core.permissions import ALLOWED, Permission, Role

WORDS: dict[Permission, str] = {
    Permission.SERVER_VIEW: "See servers, their tools and versions",
    Permission.CALL_VIEW: "See the calls of clients",
    Permission.MEMBER_VIEW: "See who is in the organization",
    Permission.SERVER_EDIT: "Make servers, edit tools and set variables",
    Permission.SERVER_TRY: "Try tools and run test cases",
    Permission.SERVER_PUBLISH: "Publish, roll back, pause and resume",
    Permission.SERVER_DELETE: "Delete servers",
    Permission.ACCESS_MANAGE: "Decide who may connect, and disconnect clients",
    Permission.KEY_MANAGE: "Make and revoke keys of servers",
    Permission.EVIDENCE_MANAGE: "Set the evidence bar, and publish below it",
    Permission.MEMBER_MANAGE: "Invite people, change roles, remove members",
    Permission.ORGANIZATION_EDIT: "Change name, address and logo",
    Permission.ORGANIZATION_KEY_MANAGE: "Make and revoke API keys",
    Permission.AUDIT_VIEW: "Read and export the audit log",
    Permission.OWNER_MANAGE: "Make and remove owners, transfer the ownership",
    Permission.ORGANIZATION_DELETE: "Delete the organization",
}
ABOUT: dict[Role, str] = {
    Role.OWNER: "Everything, including other owners and the end of the organization.",
    Role.ADMIN: "Runs servers and manages people, but no owners.",
    Role.MEMBER: "Makes, tries and publishes servers.",
    Role.VIEWER: "Looks at servers and their calls.",
}


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """Something that can be done, and whether each role may, in the order of `Role`."""

    words: str
    allowed: tuple[bool, ...]


def role_matrix() -> tuple[MatrixRow, ...]:
    """Return the table of permissions as people read it: what most may do comes first."""
    rows = [
        MatrixRow(in_words(permission), tuple(permission in ALLOWED[role] for role in Role))
        for permission in Permission
    ]
    order = list(WORDS.values())
    place = {words: number for number, words in enumerate(order)}
    return tuple(
        sorted(rows, key=lambda row: (-sum(row.allowed), place.get(row.words, len(order))))
    )


def in_words(permission: Permission) -> str:
    """Return what a permission allows; one without words of its own is spelled out."""
    noun, _, verb = permission.value.partition(":")
    return WORDS.get(permission, f"{verb} {noun}".replace("_", " ").capitalize())
