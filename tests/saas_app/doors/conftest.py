"""The world of the doors' tests."""

from tests.saas_app.doors.world import sown, world

__all__ = ["sown", "world"]
