"""edits: what somebody changed in a record after take-in, and why"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "edit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("under_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "added",
                "brought_back",
                "changed",
                "restored",
                "taken_out",
                name="editkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("from_version", sa.Integer(), nullable=True),
        sa.Column("to_version", sa.Integer(), nullable=False),
        sa.Column("restored", sa.Integer(), nullable=True),
        sa.Column("edited_by", sa.Uuid(), nullable=False),
        sa.Column("edited_on", sa.Date(), nullable=False),
        sa.Column("facts", base.SealedColumn(), nullable=False),
        sa.Column("reasons", base.SealedColumn(), nullable=True),
        sa.Column("words", base.SealedColumn(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit")),
    )
    with op.batch_alter_table("edit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edit_record_id"), ["record_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("edit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edit_record_id"))
    op.drop_table("edit")
