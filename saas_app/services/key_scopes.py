"""The one table of scopes: what the key of an organization may be good for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from core.errors import Invalid
from core.permissions import ALLOWED, Permission, Role


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing that a key may do.

    Attributes:
        name: As it is written in a key and in the API's documents.
        title: What it is called where a key is made.
        help: What a program can do with it.
        permissions: What it needs of the maker's role, no more.
        includes: A scope that comes with it.
    """

    name: str
    title: str
    help: str
    permissions: frozenset[Permission]
    includes: str = ""


READ_SERVERS, READ_MEMBERS = "servers:read", "members:read"
_VIEW = Permission.SERVER_VIEW

_ALL = (
    Scope(
        READ_SERVERS,
        "Read servers",
        "Servers with their tools, versions and keys, and the names of variables; never a value.",
        frozenset({_VIEW}),
    ),
    Scope(
        "servers:write",
        "Change servers",
        "Make and describe servers, import sources, change the tools of drafts.",
        frozenset({_VIEW, Permission.SERVER_EDIT}),
        includes=READ_SERVERS,
    ),
    Scope(
        "servers:publish",
        "Publish",
        "Publish versions, roll back, pause and resume: what clients see.",
        frozenset({_VIEW, Permission.SERVER_PUBLISH}),
        includes=READ_SERVERS,
    ),
    Scope(
        "servers:delete",
        "Delete servers",
        "Take servers away for good.",
        frozenset({_VIEW, Permission.SERVER_DELETE}),
        includes=READ_SERVERS,
    ),
    Scope(
        "variables:write",
        "Set variables",
        "Add, set, clear and delete environment variables. Values are never read back.",
        frozenset({_VIEW, Permission.SERVER_EDIT}),
        includes=READ_SERVERS,
    ),
    Scope(
        "keys:write",
        "Manage keys of servers",
        "Make and revoke the keys that open single servers.",
        frozenset({_VIEW, Permission.KEY_MANAGE}),
        includes=READ_SERVERS,
    ),
    Scope(
        "calls:read",
        "Read calls",
        "Which tools were called when, by whom and how it went; never what was said.",
        frozenset({Permission.CALL_VIEW}),
    ),
    Scope(
        READ_MEMBERS,
        "Read members",
        "Names, addresses and roles of the people in this organization.",
        frozenset({Permission.MEMBER_VIEW}),
    ),
    Scope(
        "members:write",
        "Manage members",
        "Change roles and remove people; owners stay out of reach.",
        frozenset({Permission.MEMBER_VIEW, Permission.MEMBER_MANAGE}),
        includes=READ_MEMBERS,
    ),
)
SCOPES: dict[str, Scope] = {scope.name: scope for scope in _ALL}


def checked_scopes(names: Iterable[str], role: Role) -> list[str]:
    """Return scopes in the table's order.

    Raises:
        Invalid: none is chosen, one does not exist, or the role does not allow it.
    """
    wanted = set(names)
    if not wanted:
        raise Invalid("Choose at least one thing that the key may do.", field="scopes")
    if not wanted <= SCOPES.keys():
        raise Invalid("One of these scopes does not exist.", field="scopes")
    if idle := beyond(wanted, role):
        raise Invalid(f"Your role ({role}) does not allow: {', '.join(idle)}.", field="scopes")
    return [name for name in SCOPES if name in wanted]


def covers(held: Collection[str], wanted: str) -> bool:
    """Whether a key with these scopes may do what the wanted one allows."""
    return any(wanted in (name, SCOPES[name].includes) for name in held if name in SCOPES)


def beyond(names: Collection[str], role: Role) -> list[str]:
    """Return the scopes that ask for more than a role allows."""
    return [
        name
        for name, scope in SCOPES.items()
        if name in names and not scope.permissions <= ALLOWED[role]
    ]
