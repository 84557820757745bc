"""The switches of features, for admins."""

from typing import Any

import reflex as rx

from saas_app.components.card import card, page_header
from saas_app.components.choice import switch
from saas_app.components.empty import skeleton_rows
from saas_app.components.props import either
from saas_app.components.time_ago import time_ago
from saas_app.pages.admin_frame import admin_frame
from saas_app.state.admin_features import AdminFeaturesState


def admin_features_page() -> rx.Component:
    """Each switch with what it does, and who set it."""
    return admin_frame(
        page_header(
            "Features",
            description="What is off is refused by the server, whatever a page shows.",
        ),
        card(
            either(
                AdminFeaturesState.is_switches_ready,
                rx.el.ul(
                    rx.foreach(AdminFeaturesState.switch_rows, _switch),
                    aria_label="Features",
                    class_name="divide-y divide-line",
                ),
                skeleton_rows(count=3, label="Loading features"),
            ),
            class_name="px-5",
        ),
        active="Features",
    )


def _switch(one: Any) -> rx.Component:
    set_feature: Any = AdminFeaturesState.set_feature
    return rx.el.li(
        switch(
            one.title,
            id=f"feature-{one.name}",
            help=one.about,
            checked=one.is_on,
            on_change=lambda is_on: set_feature(one.name, is_on),
        ),
        rx.el.p(
            either(
                one.since,
                rx.fragment(
                    either(one.is_on, "Switched on ", "Switched off "),
                    time_ago(one.since),
                    either(one.by, rx.fragment(" by ", one.by)),
                    ".",
                ),
                "As it was from the start.",
            ),
            class_name="mt-1 text-xs text-ink-soft",
        ),
        class_name="py-4",
    )
