"""A form of KoboToolbox or ODK proposes a mapping: every question with its labels and choices, and no field guessed.

A form is an XLSForm (sheets `survey` and `choices`) or the same as JSON (`content`). It holds no answers. The proposal
ignores every question by name; a person gives the ones that matter a field and takes them out of there.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidents.errors import Problem, _
from incidents.intake.cleaning import as_text, visible
from incidents.intake.tabular import FileNotReadable
from incidents.intake.workbook import Workbook


class NoForm(Problem):
    status = 422
    code = "no-form"
    sentence = _("This file is no form: it has no sheet “survey”, and no “content” with one.")


# What a question of each type is read as; of a type that is not here nobody is asked anything.
WAYS = {
    **dict.fromkeys(("integer", "decimal", "range"), "number"),
    **dict.fromkeys(("date", "datetime", "dateTime", "today", "start", "end"), "date"),
    **dict.fromkeys(
        ("text", "barcode", "calculate", "hidden", "deviceid", "username", "phonenumber"), "text"
    ),
    **dict.fromkeys(("geopoint", "geotrace", "geoshape"), "point"),
    "time": "time",
    "acknowledge": "tri",
    "select_one": "code",
    "select_multiple": "codes",
}
MANY = 40  # choices, above which they are not listed
ATTACHED = ("image", "audio", "video", "file", "background-audio")
_BEGINS = {"begin_group": False, "begin group": False, "begin_repeat": True, "begin repeat": True}
_ENDS = ("end_group", "end group", "end_repeat", "end repeat")
_FURTHER = ("_*", "meta/*", "formhub/*")  # columns that every export adds

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    column: str
    type: str
    labels: tuple[str, ...]
    choices: tuple[tuple[str, str], ...] = ()  # value and label


@dataclass(slots=True)
class Part:
    """The questions of the form itself or of one repeat."""

    repeat: str = ""
    within: str = ""
    questions: list[Question] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)  # repeats in it, of which an export may give the number


def proposed(data: bytes, name: str, *, groups: bool = True) -> str:
    """The mapping as TOML, for a person to go on with. `groups`: columns are called `group/question`."""
    survey, choices = _form(data)
    parts = list(_parts(survey, choices, groups=groups))
    lines = list(_head(name, parts[0]))
    for part in parts[1:]:
        lines += ["", "[[repeats]]", f"from = {_quoted(part.repeat)}"]
        lines += [f"within = {_quoted(part.within)}"] if part.within else []
        lines += [*_ignored(part), 'optional = ["*"]']
        lines += ["[repeats.fields]", *_suggested(part)]
    return "\n".join(lines) + "\n"


# --- the form ----------------------------------------------------------------------------------------------------


def _form(data: bytes) -> tuple[list[Line], list[Line]]:
    """Lines of the survey and of the lists of choices, each by the name of its column."""
    if data.lstrip()[:1] == b"{":
        return _json_form(data)
    book = Workbook(io.BytesIO(data))
    if "survey" not in book.sheets:
        raise NoForm
    return _lines(book, "survey"), _lines(book, "choices") if "choices" in book.sheets else []


def _lines(book: Workbook, sheet: str) -> list[Line]:
    table = book.table(sheet)
    return [_labelled(table.named(row)) for row in table]


def _labelled(line: Line) -> Line:
    """The languages of a label, `label::English (en)` and its like, as one list in their order."""
    labels = [as_text(value) for name, value in line.items() if name == "label" or name.startswith("label:")]
    return {name: as_text(value) for name, value in line.items()} | {
        "label": [text for text in labels if text]
    }


def _json_form(data: bytes) -> tuple[list[Line], list[Line]]:
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise FileNotReadable from None
    content = content.get("content", content)
    survey, choices = (content.get(name) or [] for name in ("survey", "choices"))
    if not survey or not all(isinstance(line, dict) for line in [*survey, *choices]):
        raise NoForm
    return survey, choices


def _parts(survey: Sequence[Line], choices: Sequence[Line], *, groups: bool) -> Iterator[Part]:
    """The form, then each repeat in the order in which it begins; in a repeat a column is called by its whole path."""
    parts = [Part()]
    open_: list[tuple[str, Part]] = []  # groups and repeats that have begun, each with the part around it
    lists = _choices(choices)
    for line in survey:
        kind, name = as_text(line.get("type")), as_text(line.get("name"))
        part = parts[-1] if not open_ else open_[-1][1]
        above = "/".join(begun for begun, _part in open_ if groups)
        column = f"{above}/{name}" if above else name
        if kind in _BEGINS:
            inner = Part(column, part.repeat) if _BEGINS[kind] else part
            if inner is not part:
                parts.append(inner)
                part.counted.append(f"{column}_count")
            open_.append((name, inner))
        elif kind in _ENDS:
            del open_[-1:]
        elif name and (found := _question(line, column, kind, lists)):
            (open_[-1][1] if open_ else parts[0]).questions.append(found)
    return iter(parts)


def _question(line: Line, column: str, kind: str, lists: Mapping[str, Any]) -> Question | None:
    kind, _space, chosen = kind.partition(" ")
    if kind not in WAYS and kind not in ATTACHED:
        return None
    chosen = as_text(line.get("select_from_list_name")) or chosen.split(" ")[0]
    return Question(
        column, kind, _labels(line), tuple(lists.get(chosen, ())) if kind.startswith("select") else ()
    )


def _choices(lines: Iterable[Line]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in lines:
        name = as_text(line.get("list_name")) or as_text(line.get("list name"))
        if name:
            found.setdefault(name, []).append((as_text(line.get("name")), " · ".join(_labels(line))))
    return found


def _labels(line: Line) -> tuple[str, ...]:
    labels = line.get("label") or ()
    return tuple(visible(text) for text in ([labels] if isinstance(labels, str) else labels) if text)


# --- the proposal ------------------------------------------------------------------------------------------------


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _head(name: str, part: Part) -> Iterator[str]:
    yield "# Proposed from a form. Give a question a field of a report (docs/mappings/README.md): uncomment its rule,"
    yield "# put the field in place of FIELD and a code behind each choice, and take the column out of `ignore`."
    yield "format = 1"
    yield f"name = {_quoted(name)}"
    yield from _ignored(part, _FURTHER)
    yield 'optional = ["*"]  # a question that was skipped everywhere is no column of the file'
    attached = [question.column for question in part.questions if question.type in ATTACHED]
    yield f"attachments = [{', '.join(map(_quoted, [*attached, '_attachments']))}]"
    yield from ("", "[file]", 'kind = "json"  # or csv, xlsx', 'date_order = "YMD"', "")
    yield from (
        "[source]",
        f"label = {_quoted(name)}",
        'key = ["_uuid"]',
        'replaces = "meta/deprecatedID"',
        "",
    )
    yield from ("[basis]", 'kind = "published"  # or consent, told by columns')
    yield from ('citation = "say where this comes from"', 'licence = "say under which licence"', "")
    yield from ("[fields]", *_suggested(part))


def _ignored(part: Part, further: Sequence[str] = ("_*",)) -> Iterator[str]:
    yield "ignore = ["
    yield from (f"  {_quoted(pattern)}," for pattern in further)
    for question in part.questions:
        if question.type not in ATTACHED:
            yield f"  {_quoted(question.column)},"
            if question.type == "select_multiple":
                yield from (
                    f"  {_quoted(f'{question.column}{mark}*')}," for mark in "/."
                )  # a column for each choice
    yield from (f"  {_quoted(column)}," for column in part.counted)
    yield "]"


def _suggested(part: Part) -> Iterator[str]:
    for question in part.questions:
        if question.type not in ATTACHED:
            yield f"# {' · '.join(question.labels) or question.column}"
            yield from _rule(question)


def _rule(question: Question) -> Iterator[str]:
    choices, way = question.choices, WAYS[question.type]
    if len(choices) > MANY:
        yield f"# ({len(choices)} choices: as text, or with codes for those that matter)"
        choices, way = (), "text"
    codes = ", ".join(f'{_quoted(value)} = ""' for value, _label in choices)
    more = f", codes = {{ {codes} }}" if codes else ""
    yield f'# "FIELD" = {{ column = {_quoted(question.column)}, as = "{way}"{more} }}'
    yield from (f"#   {value}: {label}" for value, label in choices if label)
