"""rewriting: texts that may tell of somebody who was erased, and what was answered for each"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_beside",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("compartment", sa.String(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "nothing",
                "rewritten",
                "shredded",
                name="answer",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("upto", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["erasure_id"],
            ["erasure.id"],
            name=op.f("fk_text_beside_erasure_id_erasure"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_beside")),
    )
    with op.batch_alter_table("text_beside", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_beside_about_id"), ["about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_text_beside_erasure_id"), ["erasure_id"], unique=False)
        batch_op.create_index("ix_text_beside_waiting", ["state", "due_on"], unique=False)


def downgrade() -> None:
    op.drop_table("text_beside")
