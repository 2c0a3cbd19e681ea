"""reports that two people or more code unseen: the sample, and each one's codings"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coding_sample",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("coders", sa.JSON(), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("facts", base.SealedColumn(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding_sample")),
    )
    op.create_table(
        "coding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("coder", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "begun", "done", name="codingstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("facts", base.SealedColumn(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sample_id"],
            ["coding_sample.id"],
            name=op.f("fk_coding_sample_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["report.id"],
            name=op.f("fk_coding_report_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding")),
        sa.UniqueConstraint(
            "sample_id", "report_id", "coder", name=op.f("uq_coding_sample_id_report_id_coder")
        ),
    )
    with op.batch_alter_table("coding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coding_coder"), ["coder"], unique=False)
        batch_op.create_index(batch_op.f("ix_coding_report_id"), ["report_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("coding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coding_report_id"))
        batch_op.drop_index(batch_op.f("ix_coding_coder"))

    op.drop_table("coding")
    op.drop_table("coding_sample")
