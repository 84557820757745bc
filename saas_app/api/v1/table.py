"""All operations of REST v1: what is served, documented and tested is this table."""

from saas_app.api.v1 import calls, imports, keys, members, servers, tools, variables, versions

OPERATIONS = (
    *keys.OPERATIONS,
    *servers.OPERATIONS,
    *imports.OPERATIONS,
    *tools.OPERATIONS,
    *variables.OPERATIONS,
    *versions.OPERATIONS,
    *calls.OPERATIONS,
    *members.OPERATIONS,
)
