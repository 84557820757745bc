"""Members: who they are, what role they have, and their removal."""

from datetime import datetime
from uuid import UUID

from core.ids import as_uuid
from core.organization_access import Member
from core.permissions import Role
from saas_app.api.v1.contract import Given, Operation, Page, PageQuery, Request, Shown
from saas_app.api.v1.paging import as_moment, as_number, cut, read_cursor
from saas_app.services import members


class MemberShown(Shown):
    """A person in the organization."""

    user_id: UUID
    name: str
    email: str
    role: Role
    since: datetime


class RoleGiven(Given):
    """Another role."""

    role: Role


async def list_members(asked: Request) -> Page[MemberShown]:
    """List members as they joined."""
    place = None
    if asked.query.cursor:
        since, user_id = read_cursor(asked.query.cursor, like=(0, ""))
        place = as_moment(since), as_uuid(user_id)
    found = await members.list_members_behind(
        asked.session, asked.actor, place=place, limit=asked.query.limit + 1
    )
    return cut(
        found,
        _shown,
        asked.query,
        place=lambda member: (as_number(member.since), str(member.user_id)),
    )


async def read_member(asked: Request) -> MemberShown:
    """Show a member."""
    return _shown(await members.read_member(asked.session, asked.actor, _user_id(asked)))


async def change_role(asked: Request) -> MemberShown:
    """Give a member another role."""
    user_id, role = _user_id(asked), asked.body.role.value
    await members.change_role(asked.session, asked.actor, user_id, role=role, now=asked.now)
    return _shown(await members.read_member(asked.session, asked.actor, user_id))


async def remove_member(asked: Request) -> None:
    """Take somebody out."""
    await members.remove_member(asked.session, asked.actor, _user_id(asked), now=asked.now)


def _user_id(asked: Request) -> UUID:
    return as_uuid(asked.path["user_id"])


def _shown(member: Member) -> MemberShown:
    return MemberShown(
        user_id=member.user_id,
        name=member.name,
        email=member.email,
        role=member.role,
        since=member.since,
    )


MEMBERS, MEMBER = "/members", "/members/{user_id}"
TAG = "Members"
OPERATIONS = (
    Operation(
        "list_members", "GET", MEMBERS, "members:read", "Members, as they joined",
        list_members, Page[MemberShown], query=PageQuery, tag=TAG,
    ),
    Operation(
        "read_member", "GET", MEMBER, "members:read", "One member",
        read_member, MemberShown, tag=TAG,
    ),
    Operation(
        "change_role", "PATCH", MEMBER, "members:write", "Give a member another role",
        change_role, MemberShown, body=RoleGiven, tag=TAG,
        description="No key makes an owner or changes one: that is for owners, in the browser.",
    ),
    Operation(
        "remove_member", "DELETE", MEMBER, "members:write", "Take a member out",
        remove_member, None, status=204, tag=TAG,
        description="Keys that they made stop. Nobody takes out themselves, or an owner, with a"
        " key.",
    ),
)  # fmt: skip
