"""Every component can be drawn, from plain values and from vars."""

from collections.abc import Callable
from typing import Any

import pytest
import reflex as rx

from saas_app.components.badge import method_chip
from saas_app.components.banner import banner
from saas_app.components.button import button, link_button
from saas_app.components.card import page_header, section_card
from saas_app.components.chart import chart, stat
from saas_app.components.choice import Choice, radio_cards, segmented, switch
from saas_app.components.code import code_block, code_editor, copy_field, json_tree
from saas_app.components.command_menu import command_menu
from saas_app.components.dialog import confirm_dialog, dialog
from saas_app.components.diff import diff_view
from saas_app.components.empty import empty_state, error_state
from saas_app.components.field import field
from saas_app.components.file_drop import file_drop
from saas_app.components.isolation_banner import (
    isolation_banner,
    isolation_line,
    no_isolation_banner,
)
from saas_app.components.link import anchor, link
from saas_app.components.outbox_hint import outbox_hint
from saas_app.components.progress import progress_steps, timeline
from saas_app.components.public_shell import auth_card
from saas_app.components.secret import secret_row
from saas_app.components.shell import ShellContext, app_shell
from saas_app.components.table import Column, pagination, table
from saas_app.components.tabs import Tab, tabs
from saas_app.components.text_input import password_input, select, text_area, text_input
from saas_app.components.toast import toast_region
from saas_app.components.wraps import app_wraps, page_failed
from saas_app.pages.gallery import gallery_page
from saas_app.pages.landing import landing_page
from saas_app.pages.mail_preview import mail_preview_page
from saas_app.pages.not_found import not_found_page
from saas_app.pages.outbox import outbox_page


def _text(name: str) -> rx.Var[str]:
    return rx.Var(name, _var_type=str).guess_type()


def _flag(name: str) -> rx.Var[bool]:
    return rx.Var(name, _var_type=bool).guess_type()


def _rows(name: str) -> rx.Var[list[dict[str, str]]]:
    return rx.Var(name, _var_type=list[dict[str, str]]).guess_type()


def _pairs(name: str) -> rx.Var[list[list[str]]]:
    return rx.Var(name, _var_type=list[list[str]]).guess_type()


def _heard(*_args: Any) -> rx.event.EventSpec:
    return rx.noop()


def _two(_name: Any, _text: Any) -> rx.event.EventSpec:
    return rx.noop()


FROM_VARS: dict[str, Callable[[], rx.Component]] = {
    "button": lambda: button(_text("label"), is_loading=_flag("busy"), disabled=_flag("off")),
    "link_button": lambda: link_button("Open", href=_text("href")),
    "link": lambda: link("Open", href=_text("href")),
    "field": lambda: field(text_input, id="a", label="A", error=_text("problem"), name="a"),
    "live input": lambda: text_input(id="a", value=_text("value"), on_change=_heard),
    "live area": lambda: text_area(id="a", value=_text("value"), on_change=_heard, is_code=True),
    "password": lambda: field(password_input, id="p", label="P", name="p", error=_text("x")),
    "select": lambda: select(id="s", options=_pairs("options"), value=_text("v")),
    "radio cards": lambda: radio_cards(
        [Choice("a", "A")], name="r", legend="R", value=_text("v"), on_change=_heard
    ),
    "segmented": lambda: segmented([("A", _text("href"), _flag("on"))], label="View"),
    "tabs": lambda: tabs(Tab("A", _text("href"), _flag("on"), count=3), label="Parts"),
    "method": lambda: method_chip(_text("method")),
    "dialog": lambda: dialog(
        id="d", title=_text("title"), is_open=_flag("open"), on_close=rx.noop()
    ),
    "confirm": lambda: confirm_dialog(
        id="c", title="Delete?", act="Delete", on_confirm=_heard, typed_word=_text("name")
    ),
    "table": lambda: table(
        _rows("rows"),
        columns=[Column("A", sort_href=_text("href"), sorted=_text("order"))],
        draw=lambda row: [row["a"]],
        caption="Rows",
        empty="None",
        is_loading=_flag("loading"),
    ),
    "pagination": lambda: pagination(
        summary=_text("s"), previous_href=_text("p"), next_href=_text("n")
    ),
    "toasts": lambda: toast_region(_rows("notices"), on_dismiss=_heard, on_undo=_heard),
    "steps": lambda: progress_steps(_rows("steps"), label="Import"),
    "timeline": lambda: timeline(_rows("events"), label="History"),
    "diff": lambda: diff_view(_rows("lines"), label="Changes"),
    "code": lambda: code_block(_text("code"), title=_text("title")),
    "editor": lambda: code_editor(id="e", label="E", value=_text("v"), on_change=_heard),
    "copy field": lambda: copy_field(_text("v"), id="c", label="Address"),
    "tree": lambda: json_tree(_text("answer")),
    "secret": lambda: secret_row(_text("name"), is_set=_flag("set"), on_save=_heard),
    "stat": lambda: stat("Calls", value=_text("v"), values=_pairs("values")),
    "chart": lambda: chart(_pairs("values"), labels=_pairs("labels"), label="Calls"),
    "commands": lambda: command_menu(_rows("commands")),
    "page header": lambda: page_header(_text("name"), description=_text("about")),
    "section": lambda: section_card("x", id="x", title=_text("t"), description=_text("d")),
    "banner": lambda: banner(_text("text"), title=_text("title")),
    "empty": lambda: empty_state(_text("title"), description=_text("about")),
    "error": lambda: error_state("E", description=_text("d"), reference=_text("id")),
    "switch": lambda: switch(_text("l"), id="sw", help=_text("h"), checked=_flag("on")),
    "auth card": lambda: auth_card("x", title=_text("t"), description=_text("d")),
    "file": lambda: file_drop("Drop", accept=".json", on_text=_two, upload_to=_text("to")),
    "outbox hint": outbox_hint,
    "isolation": isolation_banner,
    "no isolation": no_isolation_banner,
    "isolation of a server": lambda: isolation_line(_text("tier")),
    "shell": lambda: app_shell(
        "Page",
        active="Servers",
        context=ShellContext(_text("o"), _text("s"), _text("n"), _text("m")),
    ),
}


@pytest.mark.parametrize("name", FROM_VARS)
def test_a_component_takes_vars(name: str):
    assert FROM_VARS[name]().render()


@pytest.mark.parametrize(
    "page", [gallery_page, landing_page, mail_preview_page, not_found_page, outbox_page]
)
def test_a_page_can_be_drawn(page: Callable[[], rx.Component]):
    assert page().render()


def test_a_field_ties_its_error_to_its_control():
    drawn = str(field(text_input, id="slug", label="Name", help="Short.", error="Taken."))
    assert '"aria-describedby":"slug-help slug-error"' in drawn
    assert '"aria-invalid":"true"' in drawn
    assert 'id:"slug-error"' in drawn


def test_a_button_commands_the_dialog_it_opens():
    drawn = str(button("Delete", opens="sure"))
    assert 'command:"show-modal"' in drawn
    assert 'commandfor:"sure"' in drawn


def test_a_loading_button_refuses_clicks():
    drawn = str(button("Save", is_loading=True))
    assert "disabled:true" in drawn
    assert '"aria-busy":true' in drawn


def test_every_page_is_wrapped_in_a_boundary():
    wrap = app_wraps()[(55, "ErrorBoundary")]
    assert wrap(True)
    assert wrap(False)
    assert "could not be shown" in str(page_failed())


def test_an_address_that_begins_with_a_var_stays_in_the_app():
    here = rx.Var("state.here").to(str)
    assert "ReactRouterLink" in str(anchor("Tools", href=f"{here}/tools"))
    assert "ReactRouterLink" in str(anchor("Home", href="/"))
    assert "ReactRouterLink" not in str(anchor("Elsewhere", href="https://example.com"))


def test_only_the_view_that_is_shown_is_marked():
    drawn = str(segmented([("Form", "/a", False), ("JSON", "/b", True)], label="View"))
    assert drawn.count('"aria-current":"true"') == 1
