"""who is in the quotes that a release prints, as keyed hashes"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "released_quote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("quote", sa.LargeBinary(), nullable=True),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("told", sa.LargeBinary(), nullable=True),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["release.id"],
            name=op.f("fk_released_quote_release_id_release"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_released_quote")),
    )
    with op.batch_alter_table("released_quote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_released_quote_release_id"), ["release_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_released_quote_quote"), ["quote"], unique=False)
        batch_op.create_index(batch_op.f("ix_released_quote_person"), ["person"], unique=False)


def downgrade() -> None:
    op.drop_table("released_quote")
