"""The world of the doors' tests, and who knocks in it."""

from tests.saas_app.doors.knocking import knocker, said
from tests.saas_app.doors.world import sown, world

__all__ = ["knocker", "said", "sown", "world"]
