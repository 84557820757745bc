"""A module enters core only when both programs need it, or another core module does."""

import grimp

# Commands: people run them, nothing imports them.
COMMANDS = {"core.revise"}
# Beside the tables they guard, so that no program can have a second way in.
GUARDS = {
    "core.access",
    "core.admin_access",
    "core.audit",
    "core.audit_access",
    "core.call_access",
    "core.connection_access",
    "core.invitation_access",
    "core.organization_access",
    "core.organization_key_access",
    "core.sessions",
}


def test_every_core_module_is_needed_by_both_programs_or_by_core():
    graph = grimp.build_graph("core", "saas_app", "mcp_runtime")
    lonely = {}
    for module in graph.find_descendants("core") - COMMANDS - GUARDS:
        importers = graph.find_modules_that_directly_import(module)
        programs = {name.split(".")[0] for name in importers}
        is_needed = "core" in programs or {"saas_app", "mcp_runtime"} <= programs
        if not is_needed and not graph.find_descendants(module):
            lonely[module] = sorted(importers)
    assert lonely == {}
