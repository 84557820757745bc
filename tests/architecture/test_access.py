"""Rows that belong to an organization are reached through `core/access.py` alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TENANT_MODELS = {
    "AuditEntry",
    "Call",
    "DraftTool",
    "EnvironmentVariable",
    "Grant",
    "Guest",
    "Intake",
    "Invitation",
    "Membership",
    "OAuthClient",
    "OrganizationKey",
    "Server",
    "ServerKey",
    "TestCase",
    "Version",
}
# What reads rows, and what changes them without reading them first.
WAYS = {"select", "get", "get_one", "scalar", "scalars", "update", "delete"}
# Who may reach them otherwise, and why.
ALLOWED = {
    "core/access.py": "the door itself",
    "core/admin_access.py": "the door of the product's admins, who see across organizations",
    "core/call_access.py": "the door to the calls of a server that came through the door",
    "core/organization_key_access.py": "the door to an organization's own keys",
    "core/audit_access.py": "the door to the log",
    "core/connection_access.py": "the door to the clients and guests of a server that came through",
    "core/invitation_access.py": "the door to invitations",
    "core/organization_access.py": "the door to members, who are locked with their organization",
    "core/access_policy.py": "decides who may connect; its caller has the server already",
    "core/consents.py": "asks a user who need not be a member; the request's token is the right",
    "core/generation.py": "tells replicas which servers changed, before any caller is known",
    "saas_app/jobs/": "work for no one in particular: clean-up across all organizations",
    "mcp_runtime/": "asks with a token's server, and decides by the access policy",
}


def test_tenant_rows_are_reached_through_one_door():
    files = [
        path
        for folder in ("core", "saas_app", "mcp_runtime")
        for path in (ROOT / folder).rglob("*.py")
    ]
    found = [reach for path in files if not is_allowed(path) for reach in reaches_of(path)]
    assert found == []


def test_the_walk_finds_a_read():
    assert list(reaches_in(ast.parse("select(Server.id).where(x)"), "here")) == [
        "here:1 select Server"
    ]
    assert list(reaches_in(ast.parse("await session.get(Version, i)"), "here")) == [
        "here:1 get Version"
    ]


def test_the_walk_finds_a_change():
    assert list(reaches_in(ast.parse("update(Server).where(x).values(y=1)"), "here")) == [
        "here:1 update Server"
    ]
    assert list(reaches_in(ast.parse("await session.exec(delete(Call).where(x))"), "here")) == [
        "here:1 delete Call"
    ]


def is_allowed(path: Path) -> bool:
    return str(path.relative_to(ROOT)).startswith(tuple(ALLOWED))


def reaches_of(path: Path) -> Iterator[str]:
    return reaches_in(ast.parse(path.read_text()), str(path.relative_to(ROOT)))


def reaches_in(tree: ast.AST, where: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or name_of(node.func) not in WAYS:
            continue
        for argument in node.args:
            for part in ast.walk(argument):
                if isinstance(part, ast.Name) and part.id in TENANT_MODELS:
                    yield f"{where}:{node.lineno} {name_of(node.func)} {part.id}"


def name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
