"""The one table of plans: what the pages, the documents and every check read."""

from dataclasses import dataclass
from enum import StrEnum


class PlanName(StrEnum):
    """A plan's identifier."""

    FREE = "free"
    PRO = "pro"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan allows; None where there is no limit.

    Attributes:
        title: Its name as people read it.
        members: How many people an organization may have, open invitations included.
    """

    title: str
    members: int | None


PLANS: dict[PlanName, Plan] = {
    PlanName.FREE: Plan(title="Free", members=3),
    PlanName.PRO: Plan(title="Pro", members=None),
}
