"""Features that an admin can switch; every door asks here, whatever a page shows."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.errors import Forbidden
from core.models import FeatureSwitch


class Feature(StrEnum):
    """A part of the product that can be off."""

    SIGN_UP = "sign_up"
    GOOGLE = "google"
    MARKETING = "marketing"


class FeatureOff(Forbidden):
    """An admin has switched the part off."""

    code = "feature_off"


ON_BY_DEFAULT: dict[Feature, bool] = dict.fromkeys(Feature, True)


async def switches(session: AsyncSession) -> dict[Feature, bool]:
    """Return where every switch stands."""
    rows = {row.name: row.is_on for row in (await session.exec(select(FeatureSwitch))).all()}
    return {feature: rows.get(feature, default) for feature, default in ON_BY_DEFAULT.items()}


async def feature_is_on(session: AsyncSession, feature: Feature) -> bool:
    """Whether a feature is on."""
    return (await switches(session))[feature]


async def require_feature(session: AsyncSession, feature: Feature, message: str) -> None:
    """Refuse when a feature is off.

    Raises:
        FeatureOff: it is; `message` says so in the visitor's words.
    """
    if not await feature_is_on(session, feature):
        raise FeatureOff(message)


async def switch_feature(
    session: AsyncSession, feature: Feature, *, is_on: bool, admin_id: UUID, now: datetime
) -> None:
    """Set a switch; the caller has made sure that an admin asks for it."""
    row = await session.get(FeatureSwitch, feature.value)
    if row is None:
        row = FeatureSwitch(name=feature.value, is_on=is_on, updated_at=now)
        session.add(row)
    row.is_on, row.updated_at, row.updated_by = is_on, now, admin_id
