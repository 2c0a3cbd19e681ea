"""whole records: interviews, rearrangements, duplicates, follow-up, facets, own codes, reference series"""

import sqlalchemy as sa
from alembic import op

from incidents.model import base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("same", "different", "later", name="verdict", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("reasons", base.SealedColumn(), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_duplicate_decision_each_pair_once")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_decision")),
        sa.UniqueConstraint("one_id", "other_id", name=op.f("uq_duplicate_decision_one_id_other_id")),
    )
    with op.batch_alter_table("duplicate_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duplicate_decision_other_id"), ["other_id"], unique=False)

    op.create_table(
        "facet",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.LargeBinary(length=16), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "token", "thing_id", name=op.f("pk_facet")),
    )
    with op.batch_alter_table("facet", schema=None) as batch_op:
        batch_op.create_index("ix_facet_listed", ["token", "received_on", "incident_id"], unique=False)
        batch_op.create_index("ix_facet_thing", ["thing_id"], unique=False)

    op.create_table(
        "interview",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("facts", base.SealedColumn(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview")),
        sa.UniqueConstraint("report_id", name=op.f("uq_interview_report_id")),
    )
    op.create_table(
        "kept_contradiction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("kept_by", sa.Uuid(), nullable=False),
        sa.Column("kept_on", sa.Date(), nullable=False),
        sa.Column("undone_on", sa.Date(), nullable=True),
        sa.Column("reasons", base.SealedColumn(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_contradiction")),
    )
    with op.batch_alter_table("kept_contradiction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kept_contradiction_incident_id"), ["incident_id"], unique=False)

    op.create_table(
        "own_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("vocabulary", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("above", sa.String(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_code")),
        sa.UniqueConstraint("vocabulary", "code", name=op.f("uq_own_code_vocabulary_code")),
    )
    op.create_table(
        "rearrangement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "merged", "same_person", "split", "unlinked", name="arrangement", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("done_by", sa.Uuid(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_on", sa.Date(), nullable=True),
        sa.Column("reasons", base.SealedColumn(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rearrangement")),
    )
    with op.batch_alter_table("rearrangement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rearrangement_gone_id"), ["gone_id"], unique=False)
        batch_op.create_index("ix_rearrangement_in_force", ["kind", "undone_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_rearrangement_kept_id"), ["kept_id"], unique=False)

    op.create_table(
        "saved",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("filter", "mapping", name="savedkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_on", sa.Date(), nullable=False),
        sa.Column("content", base.SealedColumn(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved")),
    )
    with op.batch_alter_table("saved", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_saved_by"), ["saved_by"], unique=False)

    op.create_table(
        "incident_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=False),
        sa.Column("linked_on", sa.Date(), nullable=False),
        sa.Column("undone_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_link_incident_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["incident.id"],
            name=op.f("fk_incident_link_other_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_link")),
    )
    with op.batch_alter_table("incident_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_link_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_link_other_id"), ["other_id"], unique=False)

    op.create_table(
        "intervention",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("facts", base.SealedColumn(), nullable=False),
        sa.Column("notes", base.SealedColumn(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_intervention_incident_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intervention")),
    )
    with op.batch_alter_table("intervention", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intervention_incident_id"), ["incident_id"], unique=False)

    op.create_table(
        "presence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_presence_incident_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_presence_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
    )
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_presence_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_presence_person_id"), ["person_id"], unique=False)

    op.create_table(
        "reference_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("data_date", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["batch.id"],
            name=op.f("fk_reference_series_batch_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_series")),
        sa.UniqueConstraint(
            "series",
            "place",
            "period",
            "data_date",
            name=op.f("uq_reference_series_series_place_period_data_date"),
        ),
    )
    with op.batch_alter_table("reference_series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reference_series_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reference_series_series"), ["series"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "done", "dropped", name="taskstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("assignee", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("facts", base.SealedColumn(), nullable=False),
        sa.Column("notes", base.SealedColumn(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_task_incident_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_assignee"), ["assignee"], unique=False)
        batch_op.create_index("ix_task_due", ["state", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_subject_id"), ["subject_id"], unique=False)

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index("ix_incident_handled", ["state", "received_on", "id"], unique=False)
        batch_op.create_index("ix_incident_assigned", ["assignee", "received_on", "id"], unique=False)

    with op.batch_alter_table("act", schema=None) as batch_op:
        batch_op.add_column(sa.Column("report_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("left_for", sa.Uuid(), nullable=True))

    with op.batch_alter_table("perpetrator", schema=None) as batch_op:
        batch_op.add_column(sa.Column("report_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True))

    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("report_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True))

    with op.batch_alter_table("involvement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("safe_contact", base.SealedColumn(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("safe_contact")

    with op.batch_alter_table("involvement", schema=None) as batch_op:
        batch_op.drop_column("left_on")

    for table in ("source", "perpetrator"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("left_on")
            batch_op.drop_column("report_id")

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_assigned")
        batch_op.drop_index("ix_incident_handled")

    with op.batch_alter_table("act", schema=None) as batch_op:
        batch_op.drop_column("left_for")
        batch_op.drop_column("left_on")
        batch_op.drop_column("number")
        batch_op.drop_column("report_id")

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_subject_id"))
        batch_op.drop_index(batch_op.f("ix_task_incident_id"))
        batch_op.drop_index("ix_task_due")
        batch_op.drop_index(batch_op.f("ix_task_assignee"))

    op.drop_table("task")
    with op.batch_alter_table("reference_series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reference_series_series"))
        batch_op.drop_index(batch_op.f("ix_reference_series_batch_id"))

    op.drop_table("reference_series")
    with op.batch_alter_table("presence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_presence_person_id"))
        batch_op.drop_index(batch_op.f("ix_presence_incident_id"))

    op.drop_table("presence")
    with op.batch_alter_table("intervention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intervention_incident_id"))

    op.drop_table("intervention")
    with op.batch_alter_table("incident_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_link_other_id"))
        batch_op.drop_index(batch_op.f("ix_incident_link_incident_id"))

    op.drop_table("incident_link")
    with op.batch_alter_table("saved", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_saved_by"))

    op.drop_table("saved")
    with op.batch_alter_table("rearrangement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rearrangement_kept_id"))
        batch_op.drop_index("ix_rearrangement_in_force")
        batch_op.drop_index(batch_op.f("ix_rearrangement_gone_id"))

    op.drop_table("rearrangement")
    op.drop_table("own_code")
    with op.batch_alter_table("kept_contradiction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_kept_contradiction_incident_id"))

    op.drop_table("kept_contradiction")
    op.drop_table("interview")
    with op.batch_alter_table("facet", schema=None) as batch_op:
        batch_op.drop_index("ix_facet_thing")
        batch_op.drop_index("ix_facet_listed")

    op.drop_table("facet")
    with op.batch_alter_table("duplicate_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duplicate_decision_other_id"))

    op.drop_table("duplicate_decision")
