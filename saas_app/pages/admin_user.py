"""One person, for admins: their account, where they belong, and what was done lately."""

from typing import Any

import reflex as rx

from saas_app.components.address import id_in_address
from saas_app.components.avatar import avatar
from saas_app.components.badge import badge
from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.card import page_header, section_card
from saas_app.components.empty import empty_state, skeleton_rows
from saas_app.components.facts import facts
from saas_app.components.icon import icon
from saas_app.components.link import anchor, link
from saas_app.components.props import either, holds
from saas_app.components.table import Column, table
from saas_app.components.time_ago import time_ago
from saas_app.pages.admin_frame import admin_frame
from saas_app.pages.admin_user_acts import act_rows, dialogs
from saas_app.pages.admin_users import standing_badge
from saas_app.state.admin_user import AdminUserState
from saas_app.state.admin_user_acts import AdminUserActsState

PLACES = (Column("Organization"), Column("Role"), Column("Since"))
ACTS = (Column("When"), Column("Who"), Column("What"), Column("Details"))
SOFT = "text-ink-soft wrap-anywhere"


def admin_user_page() -> rx.Component:
    """The person, the acts, and the questions before them."""
    return admin_frame(
        either(
            AdminUserState.person_asked == id_in_address("user_id"),
            either(AdminUserState.person_trouble, _nobody(), _person()),
            _arriving(),
        ),
        dialogs(),
        active="Users",
    )


def back_to_list(label: str, href: str) -> rx.Component:
    """The way back, over a title."""
    return anchor(
        icon("arrow-left", size=14),
        label,
        href=href,
        class_name=(
            "inline-flex w-fit items-center gap-1.5 rounded-sm text-sm text-ink-soft no-underline"
            " hover:text-ink"
        ),
    )


def acts_table(acts: Any, *, caption: str, **attributes: Any) -> rx.Component:
    """Acts as admins read them."""
    return table(acts, columns=ACTS, draw=_act, caption=caption, **attributes)


def _person() -> rx.Component:
    one = AdminUserState.person
    return rx.fragment(
        page_header(
            rx.el.span(
                avatar(one.name, size=36),
                rx.el.span(one.name),
                either(one.is_admin, badge("Admin", tone="ember")),
                class_name="flex flex-wrap items-center gap-x-3 gap-y-1",
            ),
            description=one.email,
            above=back_to_list("Users", "/admin/users"),
            action=either(
                one.is_admin | one.is_banned,
                rx.fragment(),
                button(
                    "Act in their name…",
                    icon="venetian-mask",
                    on_click=AdminUserActsState.ask("impersonate"),
                ),
            ),
        ),
        rx.el.div(
            either(one.is_banned, _ban()),
            either(one.delete_at, _going()),
            rx.el.div(_account(), _factors(), class_name="grid gap-6 lg:grid-cols-2"),
            _places(),
            _acts(),
            act_rows(),
            class_name="flex flex-col gap-6",
        ),
    )


def _ban() -> rx.Component:
    one = AdminUserState.person
    return banner(
        rx.el.p(one.ban_reason, class_name="whitespace-pre-line"),
        rx.el.p(
            "Banned ",
            time_ago(one.banned_at),
            ", ",
            either(one.ban_ends, rx.fragment("until ", one.ban_ends), "for good"),
            ".",
        ),
        kind="broken",
        title="Banned",
        action=button("Lift the ban…", size="sm", on_click=AdminUserActsState.ask("unban")),
    )


def _going() -> rx.Component:
    return banner(
        "It goes ",
        time_ago(AdminUserState.person.delete_at),
        ", with the organizations that nobody else is in. They can keep it until then.",
        kind="attention",
        title="This account is about to be deleted",
        action=button("Keep it", size="sm", on_click=AdminUserActsState.keep_account),
    )


def _account() -> rx.Component:
    one = AdminUserState.person
    return section_card(
        facts(
            ("Standing", standing_badge(one.standing, one.standing_words)),
            (
                "E-mail",
                either(
                    one.is_verified,
                    rx.el.span("Verified ", time_ago(one.verified)),
                    "Not verified",
                ),
            ),
            ("Joined", time_ago(one.created)),
            ("Welcome", either(one.is_onboarded, "Done", "Not yet")),
            (
                "Signed in",
                rx.el.span(one.sessions, either(one.sessions == 1, " browser", " browsers")),
            ),
        ),
        id="account",
        title="Account",
    )


def _factors() -> rx.Component:
    one = AdminUserState.person
    return section_card(
        facts(
            ("Password", either(one.has_password, "Set", "None")),
            ("Authenticator app", either(one.has_app, "Set up", "None")),
            ("Passkeys", rx.el.span(one.passkeys, class_name="tabular-nums")),
            ("Backup codes left", rx.el.span(one.backup_codes, class_name="tabular-nums")),
            ("Trusted devices", rx.el.span(one.trusted_devices, class_name="tabular-nums")),
        ),
        either(
            holds(AdminUserState.person_identities),
            rx.el.ul(
                rx.foreach(AdminUserState.person_identities, _identity),
                aria_label="Connected accounts",
                class_name="mt-4 flex flex-col gap-1 border-t border-line pt-3 text-sm",
            ),
        ),
        id="ways-in",
        title="Ways in",
    )


def _identity(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.email, class_name="text-ink wrap-anywhere"),
        rx.el.span(one.issuer, class_name="text-ink-soft wrap-anywhere"),
        class_name="flex flex-wrap justify-between gap-x-4",
    )


def _places() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Organizations", id="places", class_name="mb-2 text-base font-semibold text-ink"),
        table(
            AdminUserState.person_places,
            columns=PLACES,
            draw=_place,
            caption="Organizations of this person",
            empty=rx.el.p("They are in none.", class_name="text-sm text-ink-soft"),
        ),
        aria_labelledby="places",
    )


def _place(one: Any) -> list[rx.Component]:
    return [
        link(one.name, href=one.href, is_quiet=True, class_name="font-medium wrap-anywhere"),
        rx.el.span(one.role),
        time_ago(one.since),
    ]


def _acts() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Recent acts", id="acts", class_name="mb-2 text-base font-semibold text-ink"),
        acts_table(
            AdminUserState.person_acts,
            caption="What they did, and what was done to them or in their name",
            empty=rx.el.p("None so far.", class_name="text-sm text-ink-soft"),
        ),
        aria_labelledby="acts",
    )


def _act(act: Any) -> list[rx.Component]:
    return [
        time_ago(act.at),
        rx.el.div(
            rx.el.span(act.who, class_name="font-medium text-ink wrap-anywhere"),
            either(act.acting_as, rx.el.span(" as ", act.acting_as, class_name=f"block {SOFT}")),
        ),
        rx.el.div(
            rx.el.span(act.words, class_name="text-ink wrap-anywhere"),
            either(act.subject, rx.el.span(act.subject, class_name=f"block {SOFT}")),
        ),
        rx.el.div(
            either(
                (act.before != "") | (act.after != ""),
                rx.el.p(
                    either(act.before, rx.el.del_(act.before, class_name="text-ink-soft")),
                    either((act.before != "") & (act.after != ""), " → "),
                    either(act.after, rx.el.ins(act.after, class_name="text-ink no-underline")),
                    class_name="wrap-anywhere",
                ),
            ),
            either(act.details, rx.el.p(act.details, class_name=f"text-xs {SOFT}")),
            either(
                act.ip_address,
                rx.el.p(
                    act.ip_address, title=act.user_agent, class_name=f"font-mono text-xs {SOFT}"
                ),
            ),
            either(
                (act.before == "")
                & (act.after == "")
                & (act.details == "")
                & (act.ip_address == ""),
                rx.el.span("–", class_name="text-ink-faint"),
            ),
            class_name="max-w-80 max-md:ml-auto",
        ),
    ]


def _nobody() -> rx.Component:
    return empty_state(
        "No such person",
        description=AdminUserState.person_trouble,
        icon="user-x",
        action=link_button("All users", href="/admin/users"),
        is_page=True,
    )


def _arriving() -> rx.Component:
    return rx.fragment(
        page_header("User", above=back_to_list("Users", "/admin/users")),
        skeleton_rows(label="Loading the person"),
    )
