"""Random reports of every shape that the schema allows, and everything of a house laid out to be compared."""

import json
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from marshmallow import fields, validate
from sqlalchemy import select

from incidents.errors import InvalidInput
from incidents.intake import report as reports
from incidents.intake import schema
from incidents.intake.own import id_here
from incidents.model.consent import ConsentEvent, Withdrawal
from incidents.model.facet import Facet
from incidents.model.follow_up import Intervention
from incidents.model.incident import Act, Incident, IncidentLink, Information, Perpetrator, Source
from incidents.model.moment import PRECISIONS, Moment
from incidents.model.people import IDENTITY_FIELDS, Involvement, Person, Presence
from incidents.model.rearrangement import Rearrangement
from incidents.model.report import Interview, Report, ReportLink
from incidents.model.vocabulary import lists

# -- random reports

MOMENTS = [
    {"edtf": text, "precision": precision}
    for precision, texts in {
        "DAY": ("2019-11-14", "2020-02-29"),
        "APX": ("2019-11-14~",),
        "RNG": ("2019-11-14/2019-11-18", "2018/2019-02"),
        "MON": ("2019-11",),
        "YEA": ("2019",),
        "SEA": ("2019-21", "2019-24"),
        "BEF": ("../2019-11-14", "../2019-11"),
        "AFT": ("2019-11-14/..", "2018/.."),
        **dict.fromkeys(("UNK", "NAS", "DEC", "NAP"), ("",)),
    }.items()
    for text in texts
]
PLACES = [
    {"country": "MEX", "state": "MX-BCN", "municipality": "02004", "precision": "MUN"},
    {"country": "MEX", "state": "MX-TAM", "precision": "STA"},
    {"country": "HND", "precision": "COU"},
]
PIECES = (
    "Jose\u0301 Nu\u0303ez",  # decomposed
    "Jos\u00e9 N\u00fa\u00f1ez",  # composed
    "\u0645\u0631\u064a\u0645 \u0628\u0646\u062a \u0639\u0644\u064a",
    "\u05e9\u05dc\u05d5\u05dd \u202b\u05e2\u05d5\u05dc\u05dd\u202c",
    "\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1ed\U0001f1f3 \u270a\U0001f3fd",
    "“Nos bajaron”,\r\n\tdijo;\u00a0luego\u2028calló",
    '{"amparo":"export"}\n',
    "=1+1",
)
PATTERNS = {
    r"^\d{4}-\d{2}-\d{2}$": st.dates().map(str),
    r"^\d{1,12}(?:\.\d{1,2})?$": st.sampled_from(["0", "1500", "1022.50"]),
    r"^[A-Z]{3}$": st.sampled_from(["MXN", "USD"]),
    r"^\d{2}:\d{2}$": st.just("15:25"),
}


def texts(longest: int):
    free = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
    joined = st.lists(st.one_of(st.sampled_from(PIECES), free), min_size=1, max_size=3).map("".join)
    return joined.map(lambda text: text[:longest]).filter(bool)


def values(field: fields.Field):
    """Whatever a field of the schema takes."""
    checks = field.validators
    if isinstance(field, schema.Value):
        return st.sampled_from(MOMENTS if field.kind is Moment else PLACES)
    if isinstance(field, fields.Nested):
        return documents(field.schema)
    if isinstance(field, fields.List):
        return st.lists(values(field.inner), max_size=3)
    if isinstance(field, fields.Dict):
        return st.dictionaries(values(field.key_field), values(field.value_field), max_size=3)
    if isinstance(field, fields.Boolean):
        return st.booleans()
    if isinstance(field, fields.Integer):
        ranges = [check for check in checks if isinstance(check, validate.Range)]
        low = ranges[0].min if ranges and ranges[0].min is not None else 0
        high = ranges[0].max if ranges and ranges[0].max is not None else 100
        return st.integers(low, high)
    return _texts(checks)


def _texts(checks):
    for check in checks:
        if isinstance(check, validate.OneOf):
            return st.sampled_from(sorted(check.choices))
        if isinstance(check, validate.Regexp):
            return PATTERNS[check.regex.pattern]
    lengths = [check for check in checks if isinstance(check, validate.Length)]
    longest = lengths[0].max if lengths and lengths[0].max else 200
    shortest = lengths[0].min if lengths and lengths[0].min else 1
    return texts(longest).filter(lambda text: len(text) >= shortest)


SKIPPED = {"client_id", "key", "persons", "acts", "involvements"}


def documents(of, skipped=frozenset(SKIPPED)):
    """A document of a schema with any of its fields."""
    held = {name: values(field) for name, field in of.fields.items() if name not in skipped}
    must = {name for name, field in of.fields.items() if field.required and name in held}
    return st.fixed_dictionaries(
        {name: held[name] for name in must},
        optional={name: each for name, each in held.items() if name not in must},
    )


@st.composite
def told(draw) -> dict[str, Any]:
    """A report with up to three people and acts, of whom nobody said no to being written down."""
    whole = schema.ReportSchema()
    document = draw(documents(whole))
    for name, letter in (("persons", "p"), ("acts", "a")):
        kind = whole.fields[name].inner.schema
        found = draw(st.lists(documents(kind), max_size=3))
        document[name] = [{**each, "key": f"{letter}{number}"} for number, each in enumerate(found, 1)]
    for person in document["persons"]:
        decisions = person.get("consent", {}).get("decisions", {})
        if decisions.get("REC") == "refused":
            decisions["REC"] = "given"
    if document["persons"] and document["acts"]:
        part = documents(whole.fields["involvements"].inner.schema, frozenset({"person", "act"}))
        ends = {
            name: st.sampled_from([each["key"] for each in document[plural]])
            for name, plural in (("person", "persons"), ("act", "acts"))
        }
        document["involvements"] = draw(
            st.lists(
                st.tuples(part, st.fixed_dictionaries(ends)).map(lambda two: two[0] | two[1]), max_size=3
            )
        )
    document["narrative"] = draw(texts(500))
    return document


def kept(document: dict[str, Any]) -> dict[str, Any] | None:
    """As the form would take it; none where it would not."""
    try:
        return schema.load(document)
    except InvalidInput:
        return None


def everything_coded() -> dict[str, Any]:
    """One report in which every precision of a date stands, and each of the four no-answers in every coded field."""
    no_answers = ("UNK", "NAS", "DEC", "NAP")
    assert {each["precision"] for each in MOMENTS} == set(PRECISIONS)
    acts = [
        {"key": f"a{number}", "type": "KID", "moment": moment} for number, moment in enumerate(MOMENTS, 1)
    ]
    people = []
    for number, code in enumerate(no_answers, 1):
        people.append(
            {
                "key": f"p{number}",
                "teller": number == 1,
                "facts": _answered(schema.PersonFactsSchema(), code),
                "safe_contact": _answered(schema.SafeContactSchema(), code),
            }
        )
        acts.append({"key": f"n{number}", "type": "EXT", **_answered(schema.ActSchema(), code)})
    parts = [
        {"person": f"p{number}", "act": f"n{number}", **_answered(schema.InvolvementSchema(), code)}
        for number, code in enumerate(no_answers, 1)
    ]
    return {
        "narrative": PIECES[0],
        "interview": _answered(schema.InterviewSchema(), "DEC") | {"outcome": "INC"},
        "incident": _answered(schema.WhatSchema(), "NAS"),
        "acts": acts,
        "persons": people,
        "involvements": parts,
        "perpetrators": [_answered(schema.PerpetratorSchema(), code) for code in no_answers],
        "sources": [_answered(schema.SourceSchema(), code) for code in no_answers],
    }


def _answered(of, code: str) -> dict[str, Any]:
    """Every coded field of a schema with this no-answer; where a list has a code of these letters, `?` before it."""
    found: dict[str, Any] = {}
    for name, field in of.fields.items():
        if isinstance(field, fields.Nested):
            found |= {name: inner} if (inner := _answered(field.schema, code)) else {}
            continue
        one = field.inner if isinstance(field, fields.List) else field
        answers = [check for check in getattr(one, "validators", ()) if isinstance(check, validate.OneOf)]
        for check in answers:
            taken = next((each for each in (f"?{code}", code) if each in check.choices), None)
            if taken is not None and not (name == "type" and isinstance(of, schema.ActSchema)):
                found[name] = [taken] if isinstance(field, fields.List) else taken
    return found


# -- everything of a house


def laid_out(work, *, moved: bool = False) -> dict[str, Any]:
    """All that is sealed, opened, by kind and id. `moved`: with the ids that an import of an export gives."""
    name = (lambda id: str(id_here(id))) if moved else str
    told_ = {each.id: each for each in work.db.scalars(select(Report))}
    found = {
        "reports": _reports(work, list(told_.values()), name),
        "interviews": _all(work, Interview, name, "facts"),
        "incidents": _all(work, Incident, name, "facts", "narrative", "summary"),
        "acts": _all(work, Act, name, "facts"),
        "perpetrators": _all(work, Perpetrator, name, "facts", "name"),
        "sources": _all(work, Source, name, "facts", "citation"),
        "information": _all(work, Information, name, "facts"),
        "interventions": _all(work, Intervention, name, "facts", "notes"),
        "people": _all(work, Person, name, "facts", "safe_contact", *IDENTITY_FIELDS),
        "involvements": _all(work, Involvement, name, "facts"),
        "presences": _all(work, Presence, name),
        "links": _all(work, ReportLink, name),
        "between": _all(work, IncidentLink, name),
        "withdrawals": _all(work, Withdrawal, name),
        "arrangements": _all(work, Rearrangement, name, "reasons"),
        "consents": _consents(work, name),
    }
    incidents = {str(each) for each in work.db.scalars(select(Incident.id))}
    found["marks"] = sorted(
        [name(row.incident_id), row.token.hex(), name(row.thing_id)]
        for row in work.db.scalars(select(Facet))
        if str(row.incident_id) in incidents
    )
    return found


# What says who handled a record here and when, and what stands in no export: see docs/importing.md.
HANDLED = {
    "id", "version", "batch_id", "recorded_by", "linked_by", "entered_by", "done_by", "undone_by", "client_id",
    "entered_on", "source_key", "fingerprint", "state", "assignee", "edited_after_verification", "verification",
    "submitted_by",
}  # fmt: skip


def _all(work, kind, name, *columns):
    rows = list(work.db.scalars(select(kind)))
    opened = {column: work.read_all(rows, column) for column in columns}
    own = kind.__tablename__ in ("incident", "act", "source", "person", "rearrangement", "incident_link")
    found = []
    for number, row in enumerate(rows):
        said = {
            column.key: _said(getattr(row, column.key), name)
            for column in kind.__mapper__.column_attrs
            if column.key not in HANDLED and "compartment" not in column.columns[0].info
        }
        sealed = {column: _origin(opened[column][number], name) for column in columns}
        found.append({**said, **sealed, **({"id": name(row.id)} if own else {})})
    return sorted(found, key=lambda each: json.dumps(each, sort_keys=True))


def _said(value, name):
    return name(value) if isinstance(value, UUID) else value if value is None else str(value)


def _origin(value, name):
    """The origin of a source that is a report names it."""
    if isinstance(value, dict) and str(value.get("origin", "")).startswith("report/"):
        return {**value, "origin": f"report/{name(UUID(value['origin'].removeprefix('report/')))}"}
    return value


def _reports(work, rows, name):
    parts = reports.parts_of(work, rows)
    found = {}
    for row in rows:
        whole = reports.joined(row, parts[row.id], work.read_all(parts[row.id], "content"))
        found[name(row.id)] = {
            "reference": row.reference,
            "state": row.state,
            "received_on": row.received_on,
            "channel": row.channel,
            "danger": row.danger,
            "edition": row.edition,
            "supersedes": row.supersedes and name(row.supersedes),
            "reason": reports.reason_of(work, row),
            "document": whole.document,
            "people": {key: name(id) for key, id in whole.person_ids.items()},
            "unreadable": whole.unreadable,
        }
    return found


def _consents(work, name):
    rows = list(work.db.scalars(select(ConsentEvent)))
    opened = zip(rows, work.read_all(rows, "decisions"), work.read_all(rows, "names"), strict=True)
    found = [
        [name(row.person_id), row.number, {**said, "previous": bool(said["previous"])}, names]
        for row, said, names in opened
    ]
    return sorted(found, key=lambda each: each[:2])


assert lists()  # the code lists are there before a strategy asks for them
