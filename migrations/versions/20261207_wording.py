"""what whoever prepares an edition types for its text"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wording",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("typed_by", sa.Uuid(), nullable=False),
        sa.Column("typed_at", base.UtcDateTime(), nullable=False),
        sa.Column("texts", base.SealedColumn(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording")),
    )
    with op.batch_alter_table("wording", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wording_typed_at"), ["typed_at"], unique=False)


def downgrade() -> None:
    op.drop_table("wording")
