"""The switches of features, as admins see and set them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from core.admin_access import Admin, names_seen
from core.errors import Invalid
from core.models import FeatureSwitch
from saas_app.services.admin.record import record_admin_act
from saas_app.services.features import ON_BY_DEFAULT, Feature, feature_is_on, switch_feature

WORDS: dict[Feature, tuple[str, str]] = {
    Feature.SIGN_UP: (
        "Signing up",
        "New accounts, by address and by Google. Whoever has one signs in all the same.",
    ),
    Feature.GOOGLE: (
        "Google",
        "Signing in, confirming and connecting with Google. Other ways in stay.",
    ),
    Feature.MARKETING: (
        "Marketing pages",
        "The public front page. Without it, the front page leads to signing in.",
    ),
}


@dataclass(frozen=True, slots=True)
class Switch:
    """Where a switch stands, and who set it; `since` is None while nobody has."""

    feature: Feature
    title: str
    about: str
    is_on: bool
    since: datetime | None
    by: str


async def list_switches(session: AsyncSession, admin: Admin) -> Sequence[Switch]:
    """Return all switches."""
    rows = {row.name: row for row in (await session.exec(select(FeatureSwitch))).all()}
    setters = [row.updated_by for row in rows.values() if row.updated_by is not None]
    names = await names_seen(session, admin, setters)
    found = []
    for feature, default in ON_BY_DEFAULT.items():
        row = rows.get(feature.value)
        is_on = row.is_on if row else default
        by = names.get(row.updated_by, "") if row and row.updated_by else ""
        since = row.updated_at if row else None
        found.append(Switch(feature, *WORDS[feature], is_on=is_on, since=since, by=by))
    return found


async def set_switch(
    session: AsyncSession, admin: Admin, name: str, *, is_on: bool, now: datetime
) -> Feature:
    """Switch a feature on or off; every door asks from then on.

    Raises:
        NotFresh: the admin has not proved lately who they are.
        Invalid: there is no such feature.
    """
    admin.require_fresh()
    if name not in set(Feature):
        raise Invalid("There is no such switch.")
    feature = Feature(name)
    before = await feature_is_on(session, feature)
    await switch_feature(session, feature, is_on=is_on, admin_id=admin.user_id, now=now)
    record_admin_act(
        session, admin, "feature_switched", subject=feature.value, now=now,
        before=_word(before), after=_word(is_on),
    )  # fmt: skip
    return feature


def _word(is_on: bool) -> str:  # noqa: FBT001 - a word for a truth value
    return "on" if is_on else "off"
