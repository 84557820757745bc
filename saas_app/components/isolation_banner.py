"""Word of a sandbox that isolates with less than it could, on the pages that show what it runs."""

import reflex as rx

from saas_app.components.banner import banner
from saas_app.components.props import Text, either, one_of
from saas_app.state.base import AppState

TITLES = {
    "compat": "Python tools are isolated without namespaces",
    "unsafe-dev": "Python tools run without isolation",
}


def isolation_banner() -> rx.Component:
    """In the admin area: what isolates less, and by which setting."""
    return one_of(
        AppState.sandbox_mode, ("unsafe-dev", _none()), ("compat", _uids()), rx.fragment()
    )


def no_isolation_banner() -> rx.Component:
    """On the pages of a server: that nothing isolates; whoever builds tools can do nothing else."""
    return either(AppState.sandbox_mode == "unsafe-dev", _none())


def isolation_line(tier: Text) -> rx.Component:
    """In the runtime section of a server: what the sandbox itself says that it isolates with."""
    return either(
        tier == "uids",
        rx.el.p(
            TITLES["compat"],
            ": a user, Landlock and a filter of kernel calls for each process.",
            class_name="text-sm text-ink-soft",
        ),
    )


def _none() -> rx.Component:
    return _kept(
        banner(
            "They can read and do whatever you can on this machine: run none that you have not read.",
            kind="broken",
            title=TITLES["unsafe-dev"],
        )
    )


def _uids() -> rx.Component:
    return _kept(
        banner(
            "One barrier stands before files, the network and other processes each, where there"
            " could be two: ",
            rx.el.code("docs/sandbox.md"),
            " says which, and what the host must allow for ",
            rx.el.code("SANDBOX=auto"),
            ".",
            kind="attention",
            title=TITLES["compat"],
        )
    )


def _kept(content: rx.Component) -> rx.Component:
    return rx.el.div(content, class_name="mb-6")
