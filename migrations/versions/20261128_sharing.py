"""sharing: packages for one named recipient; erasures that wait, and rules that propose them; a second yes"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sharing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("prepared", "signed", "recalled", name="releasestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "purpose",
            sa.Enum(
                "REC",
                "STA",
                "ROW",
                "PUB",
                "NAM",
                "QUO",
                "UNM",
                "LEG",
                "AUT",
                "PAR",
                "SRV",
                "CON",
                "PHO",
                name="purpose",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("prepared_by", sa.Uuid(), nullable=False),
        sa.Column("prepared_on", sa.Date(), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("recalled_on", sa.Date(), nullable=True),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.Column("choice", base.SealedColumn(), nullable=False),
        sa.Column("promised", base.SealedColumn(), nullable=False),
        sa.Column("recalled_why", base.SealedColumn(), nullable=True),
        sa.CheckConstraint(
            "signed_by IS NULL OR signed_by != prepared_by", name=op.f("ck_sharing_two_people")
        ),
        sa.CheckConstraint(
            "state != 'signed' OR signed_by IS NOT NULL", name=op.f("ck_sharing_signed_by_someone")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing")),
        sa.UniqueConstraint("reference", name=op.f("uq_sharing_reference")),
    )
    op.create_table(
        "shared_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sharing_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sharing_id"],
            ["sharing.id"],
            name=op.f("fk_shared_person_sharing_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_person")),
    )
    with op.batch_alter_table("shared_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shared_person_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_shared_person_sharing_id"), ["sharing_id"], unique=False)

    op.create_table(
        "retention_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
    )
    op.create_table(
        "erasure_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("waiting", "called_off", "done", name="proposalstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("words", base.SealedColumn(), nullable=True),
        sa.CheckConstraint(
            "agreed_by IS NULL OR agreed_by != proposed_by", name=op.f("ck_erasure_proposal_two_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_proposal")),
    )
    op.create_table(
        "opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("yes", sa.Boolean(), nullable=True),
        sa.Column("until", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "answered_by IS NULL OR answered_by != asked_by", name=op.f("ck_opening_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_opening_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening")),
    )
    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.create_index("ix_opening_asked", ["asked_by", "until"], unique=False)
        batch_op.create_index(batch_op.f("ix_opening_person_id"), ["person_id"], unique=False)
    with op.batch_alter_table("erasure_proposal", schema=None) as batch_op:
        batch_op.create_index("ix_erasure_proposal_due", ["state", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasure_proposal_subject"), ["subject"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opening_person_id"))
        batch_op.drop_index("ix_opening_asked")
    op.drop_table("opening")
    with op.batch_alter_table("erasure_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasure_proposal_subject"))
        batch_op.drop_index("ix_erasure_proposal_due")
    op.drop_table("erasure_proposal")
    op.drop_table("retention_rule")
    with op.batch_alter_table("shared_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shared_person_sharing_id"))
        batch_op.drop_index(batch_op.f("ix_shared_person_person"))
    op.drop_table("shared_person")
    op.drop_table("sharing")
