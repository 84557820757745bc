"""The configuration, to read: what serves each part, and the settings without their secrets."""

from dataclasses import dataclass, field

import reflex as rx

from saas_app import resources
from saas_app.services.admin.configuration import (
    PartView,
    SettingGroup,
    look_at_parts,
    look_at_settings,
)
from saas_app.state.admin import AdminState
from saas_app.state.markers import admin


@dataclass(frozen=True)
class PartRow:
    """A part of the product."""

    part: str
    driver: str
    changed_by: str
    problem: str


@dataclass(frozen=True)
class SettingRow:
    """A setting; of a secret only whether it is set."""

    name: str
    value: str
    is_secret: bool


@dataclass(frozen=True)
class GroupView:
    """Settings that belong together."""

    title: str
    settings: list[SettingRow] = field(default_factory=list)


class AdminConfigurationState(AdminState):
    """All parts and all settings."""

    part_rows: list[PartRow] = []
    setting_groups: list[GroupView] = []
    is_configuration_ready: bool = False

    @rx.event
    @admin
    async def load_configuration(self) -> None:
        """Show what this copy runs on."""
        settings = resources.get().settings
        async with self._overseeing() as (_session, admin_here):
            parts, groups = (
                look_at_parts(admin_here, settings),
                look_at_settings(admin_here, settings),
            )
        self.part_rows = [_part(one) for one in parts]
        self.setting_groups = [_group(one) for one in groups]
        self.is_configuration_ready = True


def _part(one: PartView) -> PartRow:
    changed_by = "" if one.changed_by == "none" else one.changed_by
    return PartRow(str(one.part), one.driver, changed_by, " ".join(one.problems))


def _group(one: SettingGroup) -> GroupView:
    rows = [SettingRow(s.name, s.value, s.is_secret) for s in one.settings]
    return GroupView(one.title, rows)
