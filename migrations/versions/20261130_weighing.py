"""what a decision rests on, first words where two reviewers have to agree, evidence judged"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cites", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("first_of_two", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("seconds", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("act_version", sa.Integer(), nullable=True))

    op.create_table(
        "judgment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("judged_by", sa.Uuid(), nullable=False),
        sa.Column("judged_on", sa.Date(), nullable=False),
        sa.Column("undone_on", sa.Date(), nullable=True),
        sa.Column("facts", base.SealedColumn(), nullable=False),
        sa.Column("reasons", base.SealedColumn(), nullable=False),
        sa.ForeignKeyConstraint(
            ["act_id"], ["act.id"], name=op.f("fk_judgment_act_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["evidence.id"],
            name=op.f("fk_judgment_evidence_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgment")),
    )
    with op.batch_alter_table("judgment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_judgment_act_id"), ["act_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_judgment_evidence_id"), ["evidence_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_judgment_incident_id"), ["incident_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("judgment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_judgment_incident_id"))
        batch_op.drop_index(batch_op.f("ix_judgment_evidence_id"))
        batch_op.drop_index(batch_op.f("ix_judgment_act_id"))

    op.drop_table("judgment")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_column("act_version")
        batch_op.drop_column("seconds")
        batch_op.drop_column("first_of_two")
        batch_op.drop_column("cites")
