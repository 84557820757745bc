"""Moments in time."""

import reflex as rx

from saas_app.components.props import Text


class TimeRoot(rx.Component):
    """A <time> that keeps itself current."""

    library = "$/public/kit/time_ago.jsx"
    tag = "TimeAgo"

    moment: rx.Var[str]


def time_ago(moment: Text) -> rx.Component:
    """An ISO 8601 moment as "3 hours ago", with the exact local time on hover."""
    return TimeRoot.create(moment=moment, class_name="whitespace-nowrap tabular-nums")
