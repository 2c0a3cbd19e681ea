"""a release's ledger: which entry says what, whose row it is, and the series that an edition belongs to"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("series", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("ledger", base.SealedColumn(), nullable=True))
        batch_op.create_index(batch_op.f("ix_release_series"), ["series"], unique=False)
    with op.batch_alter_table("released_row", schema=None) as batch_op:
        batch_op.add_column(sa.Column("whose", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("released_row", schema=None) as batch_op:
        batch_op.drop_column("whose")
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_series"))
        batch_op.drop_column("ledger")
        batch_op.drop_column("series")
