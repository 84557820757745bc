"""Find acts by whom they were done for or to, and jobs by their kind."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_entry_acting_as_id", "audit_entry", ["acting_as_id"])
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])
    op.create_index("ix_job_kind_created_at", "job", ["kind", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_job_kind_created_at", "job")
    op.drop_index("ix_audit_entry_subject", "audit_entry")
    op.drop_index("ix_audit_entry_acting_as_id", "audit_entry")
