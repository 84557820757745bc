"""Run Python tools: how each server's run, and what they remember."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "server", sa.Column("python_settings", sa.JSON(), server_default="{}", nullable=False)
    )
    with op.batch_alter_table("server") as batch:
        batch.alter_column("python_settings", server_default=None)
    op.create_table(
        "store_entry",
        sa.Column("server_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("is_draft", sa.Boolean(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"],
            ["server.id"],
            name=op.f("fk_store_entry_server_id_server"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "server_id", "owner", "is_draft", "key", name=op.f("pk_store_entry")
        ),
    )
    op.create_table(
        "store_usage",
        sa.Column("server_id", sa.Uuid(), nullable=False),
        sa.Column("keys", sa.Integer(), nullable=False),
        sa.Column("value_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"],
            ["server.id"],
            name=op.f("fk_store_usage_server_id_server"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_store_usage")),
    )


def downgrade() -> None:
    op.drop_table("store_usage")
    op.drop_table("store_entry")
    op.drop_column("server", "python_settings")
