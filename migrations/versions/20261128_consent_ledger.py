"""the consent ledger: its chain, when to ask again; words of withdrawal; corrections; what a row was made from"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "withdrawal_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal_code")),
        sa.UniqueConstraint("code", name=op.f("uq_withdrawal_code_code")),
    )
    with op.batch_alter_table("withdrawal_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_withdrawal_code_person_id"), ["person_id"], unique=False)
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("previous", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("ask_again_on", sa.Date(), nullable=True))
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("corrects", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_release_corrects"), ["corrects"], unique=False)
    with op.batch_alter_table("released_row", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("released_row", schema=None) as batch_op:
        batch_op.drop_column("told")
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_corrects"))
        batch_op.drop_column("corrects")
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.drop_column("ask_again_on")
        batch_op.drop_column("previous")
    with op.batch_alter_table("withdrawal_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_withdrawal_code_person_id"))
    op.drop_table("withdrawal_code")
