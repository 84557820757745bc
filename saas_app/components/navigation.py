"""Where the product leads: sidebar, tabs and command menu are drawn from these lists."""

from collections.abc import Callable
from dataclasses import dataclass

from saas_app.components.props import Text


@dataclass(frozen=True)
class NavigationEntry:
    """One screen that can be gone to.

    Attributes:
        label: One or two words.
        icon: A lucide name, for the sidebar; tabs have none.
        href: Builds the address from the organization's slug.
        permission: Without which the page would only refuse; empty for everybody's.
    """

    label: str
    icon: str
    href: Callable[[Text], Text]
    permission: str = ""


def _under(path: str) -> Callable[[Text], Text]:
    return lambda slug: f"/o/{slug}{path}"


def _at(path: str) -> Callable[[Text], Text]:
    return lambda _slug: path


# The sidebar, and the bottom bar of phones. A new screen adds its entry to this list.
ENTRIES: tuple[NavigationEntry, ...] = (
    NavigationEntry("Servers", "server", _under("/servers")),
    NavigationEntry("New server", "plus", _under("/new"), permission="server:edit"),
    NavigationEntry("Settings", "settings", _under("/settings")),
)
# The tabs of an organization's settings.
SETTINGS: tuple[NavigationEntry, ...] = (
    NavigationEntry("General", "", _under("/settings")),
    NavigationEntry("Members", "", _under("/members")),
    NavigationEntry("API keys", "", _under("/api-keys"), permission="organization_key:manage"),
    NavigationEntry("Audit log", "", _under("/audit"), permission="audit:view"),
)
# The tabs of one's own account.
ACCOUNT: tuple[NavigationEntry, ...] = (
    NavigationEntry("Profile", "", _at("/account/profile")),
    NavigationEntry("Security", "", _at("/account/security")),
    NavigationEntry("Sessions", "", _at("/account/sessions")),
    NavigationEntry("Connections", "", _at("/account/connections")),
    NavigationEntry("Notifications", "", _at("/account/notifications")),
    NavigationEntry("Data", "", _at("/account/data")),
)
# The sidebar of the admin area.
ADMIN: tuple[NavigationEntry, ...] = (
    NavigationEntry("Users", "users", _at("/admin/users")),
    NavigationEntry("Organizations", "building-2", _at("/admin/organizations")),
    NavigationEntry("Admin log", "scroll-text", _at("/admin/audit")),
    NavigationEntry("Features", "toggle-right", _at("/admin/features")),
    NavigationEntry("Configuration", "sliders-horizontal", _at("/admin/configuration")),
)


def screens_of(slug: str, *, permissions: list[str], is_admin: bool) -> list[tuple[str, str, str]]:
    """Return what the command menu offers: label, address, and a word on where it belongs.

    Args:
        slug: Of the organization that the visitor is in; empty where they are in none.
        permissions: What their role there allows.
        is_admin: Whether they are an admin of the product.
    """
    # The first tab of the settings is what the sidebar's entry opens.
    here = [*ENTRIES, *SETTINGS[1:]] if slug else []
    offered = [entry for entry in here if not entry.permission or entry.permission in permissions]
    return [
        *[(entry.label, str(entry.href(slug)), "Page") for entry in offered],
        *[(entry.label, str(entry.href(slug)), "Your account") for entry in ACCOUNT],
        *[(entry.label, str(entry.href(slug)), "Admin") for entry in ADMIN if is_admin],
    ]
