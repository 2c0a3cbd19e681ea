"""A mapping is checked as a whole when it is read, and invents nothing."""

import pytest

from incidents.intake import schema
from incidents.intake.mapping import BasisMissing, MappingInventsConsent, MappingNotToml, MappingWrong
from incidents.intake.rules import RuleCodeUnknown, RuleWrong
from incidents.intake.targets import KEYED, TargetUnknown, targets
from tests.intake.invented import HEAD, mapping_of, read


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ('"incident.colour" = { column = "x", as = "text" }', TargetUnknown),
        ('"acts.a1" = { column = "x", as = "text" }', TargetUnknown),
        ('"acts.a1.key" = { column = "x", as = "text" }', TargetUnknown),
        ('"sources.first.type" = { column = "x", as = "code" }', TargetUnknown),
        ('"incident..moment" = { column = "x", as = "date" }', TargetUnknown),
        ('"client_id" = { column = "x", as = "text" }', TargetUnknown),
        ('"incident.moment" = "x"', RuleWrong),
        ('"incident.moment" = { column = "x" }', RuleWrong),
        ('"incident.moment" = { as = "date" }', RuleWrong),
        ('"incident.moment" = { column = "x", as = "text" }', RuleWrong),
        ('"incident.moment" = { column = "x", as = "date", order = "YDM" }', RuleWrong),
        ('"incident.moment" = { column = "x", as = "date", colour = "red" }', RuleWrong),
        ('"incident.moment" = { column = 3, as = "date" }', RuleWrong),
        ('"incident.moment" = { column = "x", columns = ["y"], as = "date" }', RuleWrong),
        ('"incident.moment" = { columns = ["x", "y"], as = "date" }', RuleWrong),
        ('"incident.outcome" = { column = "x", as = "flags" }', RuleWrong),
        ('"incident.labels.x" = { column = "x", as = "text", when = { y = "1" } }', RuleWrong),
        ('"incident.labels.x" = { value = "v" }', RuleWrong),
        ('"acts.a1.type" = { column = "x", as = "code", codes = { a = "XXX" } }', RuleCodeUnknown),
        ('"acts.a1.type" = { column = "x", as = "code", default = "kid" }', RuleCodeUnknown),
        ('"incident.outcome" = { as = "flags", flags = { x = "XXX" } }', RuleCodeUnknown),
        ('"incident.hearing_missed" = { column = "x", as = "tri", empty = "perhaps" }', RuleCodeUnknown),
        ('"persons.p1.facts.gender" = { column = "x", as = "code", no_answers = { a = "XXX" } }', RuleWrong),
        (
            '"persons.p1.consent.decisions.STA" = { column = "x", as = "code", default = "given" }',
            MappingInventsConsent,
        ),
        (
            '"persons.p1.consent.decisions.STA" = { column = "x", as = "code", empty = "given" }',
            MappingInventsConsent,
        ),
        (
            '"persons.p1.consent.decisions.STA" = { value = "given", when = { x = [""] } }',
            MappingInventsConsent,
        ),
        ('[constants]\n"persons.p1.consent.decisions.STA" = "given"', MappingInventsConsent),
        ('[constants]\n"acts.a1.type" = "XXX"', RuleCodeUnknown),
        ('[constants]\n"persons.p1.facts.age" = -1', RuleCodeUnknown),
        ('[constants]\n"persons.p1.teller" = "yes"', RuleCodeUnknown),
        ('"summary" = { column = "x", as = "text" }\n[constants]\n"summary" = "both"', MappingWrong),
        ('[[sheets]]\nname = "a"', MappingWrong),
        ("[colours]", MappingWrong),
        ("x = ", MappingNotToml),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_when_it_is_read(fields, reason):
    with pytest.raises(reason):
        mapping_of(fields)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("format = 1", "format = 2", MappingWrong),
        ('name = "invented"', "", MappingWrong),
        ('label = "invented"', "", MappingWrong),
        ('key = ["id"]', "", MappingWrong),
        ('key = ["id"]', 'key = "id"', MappingWrong),
        ('licence = "CC0"', "", MappingWrong),
        ('kind = "published"', 'kind = "found"', BasisMissing),
        ('kind = "published"', 'kind = "consent"', BasisMissing),
    ],
)
def test_a_mapping_says_what_it_is_how_rows_are_known_and_why_they_may_be_kept(old, new, reason):
    with pytest.raises(reason):
        mapping_of(head=HEAD.replace(old, new))


@pytest.mark.parametrize(
    "file",
    [
        'kind = "pdf"',
        'kind = "csv"\nencoding = "ebcdic"',
        'kind = "csv"\nseparator = ":"',
        'kind = "csv"\ncentury = "20"',
        'kind = "csv"\ndate_order = "D"',
        'kind = "csv"\nheader_row = -1',
        "",
        'kind = "csv"\nquote = "x"',
    ],
)
def test_a_file_is_described_in_known_words(file):
    with pytest.raises(MappingWrong):
        mapping_of(file=file)


def test_consent_as_a_basis_is_told_by_a_column():
    head = HEAD[: HEAD.index("[basis]")] + '[basis]\nkind = "consent"\n'
    codes = '{ "sí" = "given", no = "refused" }'
    rule = f'"persons.p1.consent.decisions.STA" = {{ column = "x", as = "code", codes = {codes} }}'
    told = read(mapping_of(rule, head=head), "id;x\n1;Sí\n2;No\n3;\n")
    assert [row.document.get("persons") for row in told] == [
        [{"key": "p1", "consent": {"decisions": {"STA": "given"}}}],
        [{"key": "p1", "consent": {"decisions": {"STA": "refused"}}}],
        None,
    ]


def test_the_digest_changes_with_what_a_mapping_says_and_not_with_its_layout():
    one, other = mapping_of(), mapping_of(more="# a comment\n")
    assert one.digest == other.digest
    assert one.digest != mapping_of(ignore=["x"]).digest


def test_every_field_of_the_schema_can_be_filled_and_no_other():
    loose = {path for path in targets() if path.startswith("incident.place.") or path.endswith(".*")}
    assert {"incident.place.precision", "incident.labels.*"} <= loose
    assert {"narrative", "incident.time", "persons.*.consent.on", "persons.*.consent.decisions.ROW"} <= set(
        targets()
    )
    assert not {path for path in targets() if path.endswith((".key", "client_id"))}
    assert set(KEYED) == {"acts", "persons"}
    assert targets()["narrative"].kind == "verbatim"


def test_a_mapped_row_holds_in_the_one_schema():
    fields = """
"incident.moment" = { column = "d", as = "date" }
"persons.p1.facts.age" = { column = "a", as = "number" }
[constants]
"acts.a1" = { type = "ROB", status = "C", labels = { what = "x" } }
"involvements.1" = { person = "p1", act = "a1", part = "DIR" }
"persons.p1.teller" = true
"""
    (row,) = read(mapping_of(fields), "id;d;a\n1;2019;30\n")
    assert schema.load(row.document)["incident"]["moment"] == {"edtf": "2019", "precision": "YEA"}
