"""What surrounds the screens of the app: the sidebar, on phones the bar at the bottom."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx

from saas_app.components.arrival import arrival, skip_link
from saas_app.components.avatar import avatar
from saas_app.components.icon import icon
from saas_app.components.link import anchor
from saas_app.components.logo import logo
from saas_app.components.menu import menu, menu_item, menu_link, menu_separator
from saas_app.components.navigation import ENTRIES, NavigationEntry
from saas_app.components.organization_header import may
from saas_app.components.props import Node, Text
from saas_app.components.theme import theme_choice
from saas_app.state.base import AppState

COMMANDS = "commands"  # the command menu, which stands among the overlays
ENTRY = (
    "flex items-center gap-2.5 rounded-md text-sm no-underline text-ink-soft transition-colors"
    " duration-150"
    " hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink"
    " aria-[current=page]:font-medium"
)


@dataclass(frozen=True)
class ShellContext:
    """What the shell shows of the one who is signed in; vars of the shared state, or values.

    Attributes:
        organization: Its name.
        slug: Its part of the address.
        user_name: Shown at the account button.
        user_email: Shown in the account menu.
        user_picture: Its address, shown at the account button when there is one.
        organization_logo: Its address, shown beside the name in place of ours when there is one.
        organization_menu: Entries of the menu under the organization's name, when there are some.
        account_menu: Entries of the account menu; the last is usually the form that signs out.
    """

    organization: Text
    slug: Text
    user_name: Text
    user_email: Text
    user_picture: rx.Var[str] | None = None
    organization_logo: rx.Var[str] | None = None
    organization_menu: Sequence[rx.Component] = ()
    account_menu: Sequence[rx.Component] = ()


def app_shell(
    *content: Node,
    active: str,
    context: ShellContext,
    entries: Sequence[NavigationEntry] = ENTRIES,
    in_progress: Node | None = None,
    overlays: Sequence[rx.Component] = (),
) -> rx.Component:
    """A screen of the app.

    Args:
        content: The screen itself; its first part is a `page_header`.
        active: The label of the entry it belongs to.
        context: Who is signed in, and where.
        entries: The sidebar's lines.
        in_progress: Work under way, shown under the navigation.
        overlays: The toast region, the command menu, a banner of the connection.
    """
    return rx.el.div(
        skip_link(),
        _sidebar(active, context, entries, in_progress),
        rx.el.main(
            rx.el.div(*content, class_name="mx-auto w-full max-w-5xl px-4 py-6 sm:px-8 sm:py-8"),
            id="content",
            tab_index=-1,
            class_name="min-w-0 pb-20 md:pb-8",
        ),
        _bottom_bar(active, context, entries),
        arrival(),
        *overlays,
        class_name=(
            "min-h-dvh md:grid md:grid-cols-[3.75rem_minmax(0,1fr)]"
            " lg:grid-cols-[15rem_minmax(0,1fr)]"
        ),
    )


def _sidebar(
    active: str, context: ShellContext, entries: Sequence[NavigationEntry], in_progress: Node | None
) -> rx.Component:
    return rx.el.aside(
        _organization(context),
        _search(),
        rx.el.nav(
            rx.el.ul(
                *[rx.el.li(_side_entry(entry, active, context.slug)) for entry in entries],
                class_name="flex flex-col gap-0.5",
            ),
            aria_label="Main",
        ),
        rx.el.div(
            rx.el.div(
                in_progress if in_progress is not None else rx.fragment(),
                class_name="max-lg:hidden",
            ),
            class_name="min-h-0 flex-1 overflow-y-auto",
        ),
        _account(context, opens_up=True),
        class_name=(
            "sticky top-0 hidden h-dvh flex-col gap-4 border-r border-line bg-sunken p-2.5"
            " md:flex lg:p-3"
            " print:hidden"
        ),
    )


def _organization(context: ShellContext) -> rx.Component:
    face = rx.el.span(
        _mark(context.organization_logo),
        rx.el.span(
            context.organization, class_name="truncate font-semibold text-ink max-lg:sr-only"
        ),
        class_name="flex min-w-0 items-center gap-2.5 px-1 py-1",
    )
    if not context.organization_menu:
        home = ENTRIES[0].href(context.slug)
        return anchor(face, href=home, class_name="min-w-0 rounded-md no-underline hover:bg-hover")
    return menu(
        *context.organization_menu,
        label="Organization",
        align="left",
        face=rx.fragment(
            face, icon("chevrons-up-down", size=14, class_name="text-ink-faint max-lg:hidden")
        ),
        trigger_class=(
            "flex w-full min-w-0 items-center justify-between rounded-md pr-1 hover:bg-hover"
        ),
    )


def _mark(own: rx.Var[str] | None) -> rx.Component:
    if own is None:
        return logo(size=26)
    picture = rx.el.img(
        src=own,
        alt="",
        width="26",
        height="26",
        class_name="size-[26px] shrink-0 rounded-md object-cover",
    )
    return rx.fragment(rx.cond(own, picture, logo(size=26)))


def _search() -> rx.Component:
    """Opens the command menu, and teaches its keys."""
    return rx.el.button(
        icon("search", size=17),
        rx.el.span("Search", class_name="max-lg:sr-only"),
        rx.el.kbd(
            "Ctrl K",
            aria_hidden="true",
            class_name="ml-auto font-sans text-2xs text-ink-faint max-lg:hidden",
        ),
        type="button",
        title="Search (Ctrl K)",
        custom_attrs={"command": "show-modal", "commandfor": COMMANDS},
        class_name=f"{ENTRY} h-9 w-full px-2.5 max-lg:justify-center",
    )


def _side_entry(entry: NavigationEntry, active: str, slug: Text) -> rx.Component:
    return _entry(
        entry,
        icon(entry.icon, size=17),
        rx.el.span(entry.label, class_name="max-lg:sr-only"),
        active=active,
        slug=slug,
        look=f"{ENTRY} h-9 px-2.5 max-lg:justify-center",
    )


def _entry(entry: NavigationEntry, *face: Node, active: str, slug: Text, look: str) -> rx.Component:
    """A link; to whom the role does not open it a word that keeps its place.

    Until the server has said what the role is, it leads there: a page can be clicked before that.
    """
    led = anchor(
        *face,
        href=entry.href(slug),
        title=entry.label,
        aria_current="page" if entry.label == active else "false",
        class_name=look,
    )
    if not entry.permission:
        return led
    withheld = rx.el.span(
        *face,
        role="link",
        aria_disabled="true",
        title=f"{entry.label}: your role here does not allow it",
        class_name=f"{look} cursor-not-allowed opacity-50",
    )
    is_unknown = rx.Var.create(AppState.permissions).to(list[str]).length() == 0
    is_open = may(entry.permission) | is_unknown
    return rx.cond(is_open, led, withheld)


def _account(context: ShellContext, *, opens_up: bool) -> rx.Component:
    face = rx.fragment(
        avatar(context.user_name, size=26, picture=context.user_picture),
        rx.el.span(context.user_name, class_name="truncate max-lg:sr-only"),
    )
    return menu(
        *_account_entries(context),
        label="Account",
        align="left",
        opens_up=opens_up,
        face=face,
        trigger_class=f"{ENTRY} w-full min-w-0 px-1.5 py-1.5 text-left max-lg:justify-center",
    )


def _account_entries(context: ShellContext) -> list[rx.Component]:
    return [
        rx.el.p(
            context.user_email, class_name="truncate px-2.5 pt-1.5 pb-2 text-xs text-ink-faint"
        ),
        rx.el.div(theme_choice(), class_name="px-1.5 pb-1.5"),
        menu_separator(),
        *(context.account_menu or (menu_link("Home page", href="/", icon="house"),)),
    ]


def _bottom_bar(
    active: str, context: ShellContext, entries: Sequence[NavigationEntry]
) -> rx.Component:
    item = (
        "flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-2xs no-underline"
        " text-ink-soft"
        " focus-visible:-outline-offset-2 aria-[current=page]:text-ember-ink"
    )
    links = [
        _entry(
            entry,
            icon(entry.icon, size=20),
            entry.label,
            active=active,
            slug=context.slug,
            look=item,
        )
        for entry in entries[:4]
    ]
    account = menu(
        menu_item("Search", icon="search", opens=COMMANDS),
        *context.organization_menu,
        menu_separator(),
        *_account_entries(context),
        label="Account",
        opens_up=True,
        face=rx.fragment(icon("circle-user-round", size=20), "Account"),
        trigger_class=f"{item} w-full",
        class_name="flex-1",
    )
    return rx.el.nav(
        *links,
        account,
        aria_label="Main",
        class_name=(
            "fixed inset-x-0 bottom-0 z-60 flex border-t border-line bg-surface"
            " pb-[env(safe-area-inset-bottom)] md:hidden print:hidden"
        ),
    )
