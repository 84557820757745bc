"""Where the sidebar leads; a new screen adds its entry to this list."""

from collections.abc import Callable
from dataclasses import dataclass

from saas_app.components.props import Text


@dataclass(frozen=True)
class NavigationEntry:
    """One line of the sidebar.

    Attributes:
        label: One or two words.
        icon: A lucide name.
        href: Builds the address from the organization's slug.
        permission: Without which the page would only refuse; empty for everybody's.
    """

    label: str
    icon: str
    href: Callable[[Text], Text]
    permission: str = ""


def _under(path: str) -> Callable[[Text], Text]:
    return lambda slug: f"/o/{slug}{path}"


ENTRIES: tuple[NavigationEntry, ...] = (
    NavigationEntry("Servers", "server", _under("/servers")),
    NavigationEntry("New server", "plus", _under("/new")),
    NavigationEntry(
        "API keys", "key-round", _under("/api-keys"), permission="organization_key:manage"
    ),
    NavigationEntry("Settings", "settings", _under("/settings")),
)
