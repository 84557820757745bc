"""The tools of a server's draft: listed, edited field by field, added, copied, deleted."""

from saas_app.services.tools.drafting import (
    DeletedTool,
    add_tool,
    delete_tools,
    duplicate_tool,
    enable_tools,
    reorder_tools,
    restore_tools,
)
from saas_app.services.tools.editing import (
    ToolChanges,
    ToolEdit,
    edit_tool,
    put_back_tool,
    read_tool,
)
from saas_app.services.tools.listing import ToolFilter, ToolPage, find_tool_ids, list_tools
from saas_app.services.tools.rows import ChangedMeanwhile, TooManyTools
from saas_app.services.tools.views import ToolCard, ToolView

__all__ = [
    "ChangedMeanwhile",
    "DeletedTool",
    "TooManyTools",
    "ToolCard",
    "ToolChanges",
    "ToolEdit",
    "ToolFilter",
    "ToolPage",
    "ToolView",
    "add_tool",
    "delete_tools",
    "duplicate_tool",
    "edit_tool",
    "enable_tools",
    "find_tool_ids",
    "list_tools",
    "put_back_tool",
    "read_tool",
    "reorder_tools",
    "restore_tools",
]
