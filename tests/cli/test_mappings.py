"""A form proposes a mapping; a JSON export with repeats comes in from the command line."""

import csv
import json

FORM = {
    "content": {
        "survey": [
            {"type": "begin_group", "name": "g"},
            {"type": "integer", "name": "age", "label": ["Age?", "¿Edad?"]},
            {"type": "end_group"},
        ]
    }
}
MAPPING = """
format = 1
name = "Invented form"
ignore = ["_*"]
attachments = ["_attachments"]
[file]
kind = "json"
[source]
label = "invented-form"
key = ["_uuid"]
[basis]
kind = "published"
citation = "An invented form, 2021"
licence = "CC0"
[constants]
"acts.a1" = { type = "KIU", status = "C" }
[[repeats]]
from = "people"
[repeats.constants]
"persons.p*" = { kind = "individual", teller = false }
"involvements.*" = { person = "p*", act = "a1", part = "DIR" }
[repeats.fields]
"persons.p*.facts.age" = { column = "people/age", as = "number" }
"""


def test_a_form_proposes_a_mapping(line):
    form = line.file("form.json", json.dumps(FORM))
    assert '# "FIELD" = { column = "g/age", as = "number" }' in line("mapping", "propose", form).stdout
    assert (
        '# "FIELD" = { column = "age", as = "number" }'
        in line("mapping", "propose", form, "--no-groups").stdout
    )


def test_an_export_with_repeats_is_accounted_for(line):
    items = [
        {
            "_uuid": "1",
            "people": [{"people/age": 20}, {"people/age": 30}],
            "_attachments": [{"filename": "x.jpg"}],
        },
        {"_uuid": "2", "people": [{"people/age": "CANARY"}], "_attachments": []},
    ]
    file, mapping = line.file("export.json", json.dumps(items)), line.file("map.toml", MAPPING)
    result = line.folder / "result.csv"
    said = line("import", file, "--mapping", mapping, "--result", result, as_="Rita").stdout
    assert "1 new, 1 refused" in said
    with result.open(encoding="utf-8", newline="") as told:
        new, refused = csv.DictReader(told)
    assert (
        new["reason"] == "Attached files are not imported (column “_attachments”). With 2 rows of “people”."
    )
    assert refused["reason"].startswith("In row 1 of “people”")
    assert "CANARY" not in refused["reason"]
    assert "The trail holds" in line("audit", "verify").stdout
