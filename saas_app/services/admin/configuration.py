"""The settings that this copy runs on, to read; of secrets only whether they are set."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin

from pydantic import SecretStr

from core.admin_access import Admin
from core.production import problems_by_part
from core.settings import Settings
from saas_app.services.parts import bare_address, served_parts

# In the order of the class; each begins a group, up to the next.
GROUPS: Mapping[str, str] = {
    "environment": "Where it runs",
    "host": "Addresses",
    "database": "Data",
    "storage": "Files",
    "master_key": "Secrets",
    "mail": "Mail",
    "google_client_id": "Google",
    "egress_allowed_hosts": "Outgoing requests",
    "turnstile_site_key": "Signing in",
    "logfire_token": "Observability",
    "web_workers": "Processes",
}
SET, NOT_SET = "Set", "Not set"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. A secret's value is `Set` or `Not set`."""

    name: str
    value: str
    is_secret: bool


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Settings that belong together."""

    title: str
    settings: Sequence[Setting]


@dataclass(frozen=True, slots=True)
class PartView:
    """A part, what serves it, what changes that, and what production would refuse about it."""

    part: str
    driver: str
    changed_by: str
    problems: Sequence[str]


def look_at_parts(admin: Admin, settings: Settings) -> list[PartView]:
    """Return what serves each part, in the doctor's words."""
    del admin  # to hold one is the right
    against = problems_by_part(settings)
    return [
        PartView(one.part, one.driver, one.changed_by, against.get(one.part, []))
        for one in served_parts(settings)
    ]


def look_at_settings(admin: Admin, settings: Settings) -> list[SettingGroup]:
    """Return all settings under their names in the environment."""
    del admin
    groups: list[tuple[str, list[Setting]]] = []
    for name in Settings.model_fields:
        if name in GROUPS or not groups:
            groups.append((GROUPS.get(name, "Others"), []))
        groups[-1][1].append(_setting(name, settings))
    return [SettingGroup(title, found) for title, found in groups]


def _setting(name: str, settings: Settings) -> Setting:
    field, value = Settings.model_fields[name], getattr(settings, name)
    if _holds_secret(field.annotation):
        return Setting(name.upper(), SET if value else NOT_SET, is_secret=True)
    return Setting(name.upper(), _shown(value), is_secret=False)


def _holds_secret(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, types.UnionType):
        return any(_holds_secret(one) for one in get_args(annotation))
    return isinstance(annotation, type) and issubclass(annotation, SecretStr)


def _shown(value: object) -> str:
    text = "" if value is None else str(getattr(value, "value", value))
    return bare_address(text) or NOT_SET
