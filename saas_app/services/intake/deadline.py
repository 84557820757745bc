"""Ends the reading of a source that takes too long: it runs in a thread, which nothing can stop."""

from collections.abc import Callable
from time import thread_time

from core.errors import Invalid

READING_SECONDS = 10.0


class Deadline:
    """How much computing a reading may still do.

    Args:
        clock: seconds of work done so far; those of this thread alone, so that a busy machine
            refuses nothing that a quiet one reads.
    """

    def __init__(self, clock: Callable[[], float] = thread_time) -> None:
        self._clock = clock
        self._end = clock() + READING_SECONDS

    def check(self) -> None:
        """Go on, or refuse.

        Raises:
            Invalid: the time is up.
        """
        if self._clock() > self._end:
            raise Invalid(
                f"Reading this takes longer than {READING_SECONDS:.0f} seconds. Paste a part of "
                "it at a time.",
                field="source",
            )
