"""The one clock: aware UTC datetimes, passed on as an argument from the fronts."""

from datetime import UTC, datetime


def now_utc() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)
