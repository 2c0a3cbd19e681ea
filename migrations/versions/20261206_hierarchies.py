"""versions of hierarchies, which an organisation sets over the shipped files"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hierarchy_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("why", base.SealedColumn(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_hierarchy_version_after_the_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hierarchy_version")),
        sa.UniqueConstraint("name", "number", name=op.f("uq_hierarchy_version_name_number")),
    )


def downgrade() -> None:
    op.drop_table("hierarchy_version")
