"""The widget by which a visitor shows that they are a person, where it is configured."""

import reflex as rx

from saas_app.components.props import Number, Text


class HumanCheckRoot(rx.Component):
    """Draws Cloudflare's widget; the children are shown when it cannot be."""

    library = "$/public/kit/human_check.jsx"
    tag = "HumanCheck"

    site_key: rx.Var[str]
    round: rx.Var[int]


def human_check(*, site_key: Text, round: Number) -> rx.Component:
    """A part of a form; nothing where there is no site key.

    Args:
        site_key: Of the widget; the page learns it from the state, since a build serves anywhere.
        round: A number that grows whenever an answer was used, which is good once.
    """
    drawn = HumanCheckRoot.create(
        "The check that you are a person could not be loaded. Allow challenges.cloudflare.com in"
        " your browser, then load this page again.",
        site_key=site_key,
        round=round,
        class_name="min-h-[65px] text-sm text-broken",
    )
    return rx.cond(site_key, drawn, rx.fragment())
