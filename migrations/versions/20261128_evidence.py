"""evidence: files as they came, working copies, who is in them, the chain of custody"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("arriving", "kept", "destroyed", name="evidencestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("received_by", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("pieces", sa.JSON(), nullable=False),
        sa.Column("sealed_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("people_said_by", sa.Uuid(), nullable=True),
        sa.Column("people_said_on", sa.Date(), nullable=True),
        sa.Column("facts", base.SealedColumn(), nullable=False),
        sa.Column("description", base.SealedColumn(), nullable=False),
        sa.CheckConstraint(
            "state != 'kept' OR sealed_sha256 IS NOT NULL", name=op.f("ck_evidence_kept_is_hashed")
        ),
        sa.CheckConstraint(
            "(incident_id IS NULL) != (report_id IS NULL)", name=op.f("ck_evidence_belongs_to_one")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_evidence_incident_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["report.id"],
            name=op.f("fk_evidence_report_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_report_id"), ["report_id"], unique=False)

    op.create_table(
        "custody_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "received",
                "hashed",
                "sealed",
                "viewed",
                "copied",
                "transformed",
                "transferred",
                "released",
                "destroyed",
                name="custody",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("facts", base.SealedColumn(), nullable=True),
        sa.Column("words", base.SealedColumn(), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["evidence.id"],
            name=op.f("fk_custody_event_evidence_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_event")),
        sa.UniqueConstraint("evidence_id", "number", name=op.f("uq_custody_event_evidence_id_number")),
    )
    op.create_table(
        "evidence_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "part", sa.Enum("gave", "shown", name="part", native_enum=False, length=40), nullable=False
        ),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("undone_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["evidence.id"],
            name=op.f("fk_evidence_person_evidence_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_evidence_person_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_person")),
    )
    with op.batch_alter_table("evidence_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_person_evidence_id"), ["evidence_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_person_person_id"), ["person_id"], unique=False)

    op.create_table(
        "working_copy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("pieces", sa.JSON(), nullable=False),
        sa.Column("sealed_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("facts", base.SealedColumn(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["evidence.id"],
            name=op.f("fk_working_copy_evidence_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_copy")),
        sa.UniqueConstraint("evidence_id", "number", name=op.f("uq_working_copy_evidence_id_number")),
    )


def downgrade() -> None:
    op.drop_table("working_copy")
    with op.batch_alter_table("evidence_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_person_person_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_person_evidence_id"))

    op.drop_table("evidence_person")
    op.drop_table("custody_event")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_report_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_incident_id"))

    op.drop_table("evidence")
