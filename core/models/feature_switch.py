"""Features that an admin has switched against their default."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel


class FeatureSwitch(SQLModel, table=True):
    """One switch; without a row the default of `saas_app.services.features` holds."""

    __tablename__ = "feature_switch"  # pyright: ignore[reportAssignmentType]

    name: str = Field(primary_key=True, max_length=32)
    is_on: bool
    updated_at: datetime
    updated_by: UUID | None = Field(
        default=None, foreign_key="user_account.id", ondelete="SET NULL", index=True
    )
