"""quotes: words of somebody, redacted, signed by two people, to be printed under a pseudonym"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("account", "quote", name="quotekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "signed-once",
                "signed",
                "recalled",
                name="quotestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("redactors", sa.JSON(), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("first_by", sa.Uuid(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        sa.Column("second_on", sa.Date(), nullable=True),
        sa.Column("recalled_by", sa.Uuid(), nullable=True),
        sa.Column("recalled_on", sa.Date(), nullable=True),
        sa.Column("recalled_for", sa.String(), nullable=True),
        sa.Column("desk", base.SealedColumn(), nullable=False),
        sa.Column("facts", base.SealedColumn(), nullable=False),
        sa.CheckConstraint("second_by IS NULL OR second_by != first_by", name=op.f("ck_quote_two_people")),
        sa.CheckConstraint(
            "state != 'signed' OR (first_by IS NOT NULL AND second_by IS NOT NULL)",
            name=op.f("ck_quote_signed_by_two"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_quote_{column}_{table}"),
                initially="DEFERRED",
                deferrable=True,
            )
            for column, table in (
                ("incident_id", "incident"),
                ("part_id", "report_part"),
                ("person_id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
    )
    with op.batch_alter_table("quote", schema=None) as batch_op:
        for column in ("incident_id", "part_id", "person_id"):
            batch_op.create_index(batch_op.f(f"ix_quote_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("quote")
