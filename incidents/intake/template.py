"""Empty tables to fill in away from the house, with the code lists in them, and the mappings that read them again.

`template_fields.csv` says which fields they have, in which order and in which words; what may stand in each is read off
the schema and the code lists, so that a code that is added is offered.
"""

import csv
import io
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter

from incidents.intake.targets import Target, target_of
from incidents.model import place, tongues
from incidents.model.vocabulary import NO_ANSWERS, lists, offered

FIELDS = Path(__file__).with_name("template_fields.csv")
WORDS = Path(__file__).with_name("template_words.csv")
LANGUAGES = ("en", "es")
KINDS = ("csv", "xlsx")
MAIN, KEY = "reports", "report"  # the sheet of the reports, and the column that names one in every sheet
HELP, CODES, PLACES = "Help - Ayuda", "Codes - Códigos", "Places - Lugares"
OWN_WORDS = frozenset(
    {"collusion", "danger", "decision", "doer", "flag", "given_by", "kind", "said_how", "tri"}
)
ROOM = 1000  # rows that offer their lists
KEYS = {"persons": "p", "acts": "a"}
ADDED = frozenset({"consent.guardian_doer"})  # columns that tables which were given out before have not
FLAT = {"persons": 2, "acts": 2, "perpetrators": 1, "sources": 1}  # how many of each the CSV has room for
SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
LIVE = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


@dataclass(frozen=True, slots=True)
class Field:
    """One column: the sheet it stands in, the field below it, the list of what it may hold, its words."""

    sheet: str
    name: str
    list: str
    words: Mapping[str, str]

    def path(self, key: str = "*") -> str:
        """`persons.p*.facts.age`; what stands in the main sheet is of the report itself."""
        if self.sheet == MAIN:
            return self.name
        return f"{self.sheet}.{KEYS.get(self.sheet, '')}{key}.{self.name}"

    @property
    def target(self) -> Target:
        return target_of(self.path("1"))


@cache
def fields() -> tuple[Field, ...]:
    with FIELDS.open(encoding="utf-8", newline="") as file:
        return tuple(
            Field(row["sheet"], row["field"], row["list"], {name: row[name] for name in LANGUAGES})
            for row in csv.DictReader(file)
        )


def called(sheet: str, name: str, language: str) -> str:
    """What a column is called; the field itself, where no table has it."""
    known = {(each.sheet, each.name): each.words for each in fields()}.get((sheet, name))
    return known[language if language in LANGUAGES else tongues.stands_in(language)] if known else name


def sheets() -> dict[str, list[Field]]:
    found: dict[str, list[Field]] = {}
    for each in fields():
        found.setdefault(each.sheet, []).append(each)
    return found


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    with WORDS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["list"], {})[row["code"]] = {name: row[name] for name in LANGUAGES}
    return found


def choices(field: Field) -> dict[str, dict[str, str]]:
    """What a field may hold: code → its words. Empty: free text, a date, a number or the code of a place."""
    if not field.list or field.list in {"country", "state", "municipality"}:
        return {}
    if field.list in OWN_WORDS:
        own = dict(_words()[field.list])
    else:
        known = lists()[field.list]
        own = {code: {name: known[code].label(name) for name in LANGUAGES} for code in offered(field.list)}
    return own | dict(_no_answers(field.target, own))


def _no_answers(target: Target, own: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Those that the field takes; where its list says the same, the list's own word stands."""
    said = {words[name] for words in own.values() for name in LANGUAGES}
    for code in sorted(NO_ANSWERS):
        words = {name: lists()["no_answer"][code].label(name) for name in LANGUAGES}
        given = f"?{code}" if f"?{code}" in target.codes else code
        if given in target.codes and code not in own and not said & set(words.values()):
            yield given, words


# -- the mappings


def mapping(kind: str) -> str:
    """The mapping of the workbook or of the CSV, with the codes as they are now: both languages, and the codes."""
    columns = sheets()
    lines = [
        "# Reads the tables that `./run template` and the page of imports give to fill in. Made by the program",
        f"# (`incidents/intake/template.py`): ./run template FILE.{kind} --mapping FILE.toml",
        "format = 1",
        f'name = "Amparo\'s own template ({kind.upper()})"',
        *(_optional([path for each, path in _flat() if each.name in ADDED]) if kind == "csv" else []),
        "",
        "[file]",
        f'kind = "{kind}"',
        'date_order = "YMD"',
        'decimal = "."',
    ]
    if kind == "xlsx":
        lines += [f"ignore_sheets = {_toml([HELP, CODES, PLACES])}", "header_row = 2"]
    lines += [
        "",
        "[source]",
        'label = "amparo-template"',
        f'key = ["{KEY}"]',
        "",
        "[basis]",
        'kind = "consent"',
    ]
    lines += ["", "[fields]", *(_rule(each, each.name, each.path()) for each in columns[MAIN])]
    if kind == "xlsx":
        for sheet in [name for name in columns if name != MAIN]:
            lines += [
                "",
                "[[repeats]]",
                f'from = "{sheet}"',
                f'index = "{KEY}"',
                f'parent = "{KEY}"',
                "header_row = 2",
            ]
            lines += _optional([each.name for each in columns[sheet] if each.name in ADDED])
            lines += ["[repeats.fields]", *(_rule(each, each.name, each.path()) for each in columns[sheet])]
    else:
        lines += [_rule(each, path, path) for each, path in _flat()]
    return "\n".join(lines) + "\n"


def _optional(columns: Sequence[str]) -> list[str]:
    return [f"optional = {_toml(list(columns))}"] if columns else []


def _flat() -> Iterator[tuple[Field, str]]:
    """Fields of the further sheets as columns of one table."""
    for sheet, room in FLAT.items():
        for number in range(1, room + 1):
            for each in sheets()[sheet]:
                yield each, each.path(str(number))


def _rule(field: Field, column: str, path: str) -> str:
    said: dict[str, Any] = {"column": column, "as": _way(field.target.kind, bool(choices(field)))}
    if field.target.kind == "codes":
        said["split"] = ";"
    if field.target.kind == "moment":
        unknown = lists()["no_answer"]["UNK"]
        said["unknown"] = ["UNK", *(unknown.label(name) for name in LANGUAGES)]
    if choices(field) and field.target.kind != "flag":
        said["codes"] = _read_as(choices(field))
    return f"{_toml(path)} = {_toml(said)}"


def _way(kind: str, listed: bool) -> str:  # noqa: FBT001  a fact of the field
    simple = {
        "moment": "edtf", "day": "date", "time": "time", "count": "number", "money": "number", "flag": "tri",
        "codes": "codes", "code": "code", "answer": "code" if listed else "tri",
    }  # fmt: skip
    return simple.get(kind, "text")


def _read_as(known: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Each label in each language, and the code itself → the code.

    A label with a comma is known without it too: so some stood in the tables that were handed out before 0.11.
    """
    found = {words[name]: code for name in LANGUAGES for code, words in known.items()}
    found = {label.replace(",", ""): code for label, code in found.items()} | found
    taken = {label.casefold() for label in found}
    return found | {code: code for code in known if code.casefold() not in taken}


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_toml(said)}" for name, said in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if name.isascii() and name.isidentifier() else json.dumps(name, ensure_ascii=False)


# -- the tables


def table() -> bytes:
    """The CSV: one row a report, with room for a few people and acts. UTF-8 with its mark, as spreadsheets want it."""
    return _csv([[KEY, *(each.name for each in sheets()[MAIN]), *(path for _each, path in _flat())]])


def codes(language: str) -> bytes:
    """What may stand in each column of the CSV, with the words."""
    columns = [(each.name, each) for each in sheets()[MAIN]] + [(path, each) for each, path in _flat()]
    head = {
        "en": ("column", "meaning", "code", "word"),
        "es": ("columna", "significado", "código", "palabra"),
    }
    lines: list[Sequence[str]] = [head[language]]
    for name, each in columns:
        known = choices(each)
        lines.append((name, each.words[language], "", "" if known else _hint(each, language)))
        lines += [(name, "", code, words[language]) for code, words in known.items()]
    return _csv(lines)


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(
        [f"'{cell}" if cell.startswith(LIVE) else cell for cell in line] for line in lines
    )
    return out.getvalue().encode("utf-8-sig")


def workbook(language: str) -> bytes:
    """The XLSX: a sheet a kind of record, its lists to choose from, and a sheet that explains it."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": datetime(1980, 1, 1, tzinfo=UTC)})
    style = {
        "words": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "names": book.add_format({"font_color": "#666666", "font_size": 8}),
        "text": book.add_format({"num_format": "@"}),
        "plain": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    help_sheet = book.add_worksheet(HELP)
    found = {name: book.add_worksheet(name) for name in sheets()}
    ranges = _codes_sheet(book.add_worksheet(CODES), style, language)
    ranges |= _places_sheet(book.add_worksheet(PLACES), style, language)
    _help_sheet(help_sheet, style, language)
    for name, sheet in found.items():
        _sheet(sheet, sheets()[name], ranges, style, language)
    found[MAIN].activate()
    book.close()
    return out.getvalue()


def _sheet(
    sheet: Any, columns: Sequence[Field], ranges: Mapping[str, str], style: Mapping[str, Any], language: str
) -> None:
    """Row 1 in words, row 2 as the mapping names the columns; what is typed below is text, so that nothing is lost."""
    number = {"en": "Number of the report", "es": "Número del reporte"}
    sheet.freeze_panes(2, 1)
    sheet.set_row(0, 48)
    for place_, (name, words) in enumerate([(KEY, number), *((each.name, each.words) for each in columns)]):
        sheet.write_string(0, place_, words[language], style["words"])
        sheet.write_string(1, place_, name, style["names"])
        sheet.set_column(place_, place_, 40 if name in {"narrative", "summary"} else 18, style["text"])
    for place_, each in enumerate(columns, 1):
        if each.list in ranges:
            several = each.target.kind == "codes"
            sheet.data_validation(
                2, place_, ROOM + 1, place_, _offer(ranges[each.list], language, several=several)
            )


def _offer(range_: str, language: str, *, several: bool) -> dict[str, Any]:
    title = {"en": "Several answers", "es": "Varias respuestas"}
    said = {
        "en": "Choose one; for more, type them too, parted by a semicolon (;).",
        "es": "Elija una; si son más, escríbalas también, separadas por punto y coma (;).",
    }
    more = {"error_type": "information", "input_title": title[language], "input_message": said[language]}
    return {"validate": "list", "source": range_, **(more if several else {"error_type": "warning"})}


def _codes_sheet(sheet: Any, style: Mapping[str, Any], language: str) -> dict[str, str]:
    """A column a list; where each stands."""
    ranges: dict[str, str] = {}
    for each in fields():
        known = choices(each)
        if not known or each.list in ranges:
            continue
        column = len(ranges)
        sheet.write_string(0, column, each.list, style["words"])
        sheet.set_column(column, column, 32)
        for row, words in enumerate(known.values(), 1):
            sheet.write_string(row, column, words[language], style["plain"])
        ranges[each.list] = _range(CODES, column, len(known))
    return ranges


def _places_sheet(sheet: Any, style: Mapping[str, Any], language: str) -> dict[str, str]:
    """Codes of countries, of the states on the road north, and of the municipalities that are known."""
    kept = ("MX-", "US-", "GT-", "HN-", "SV-", "NI-")
    found = {
        "country": {code: place.country_label(code, language) for code in sorted(place.countries())},
        "state": {
            code: place.state_label(code, language)
            for code in sorted(place.states())
            if code.startswith(kept)
        },
        "municipality": {
            code: f"{each.name} ({place.state_label(each.state, language)})"
            for code, each in sorted(place.shipped().items())
        },
    }
    for number, (name, known) in enumerate(found.items()):
        column = number * 2
        sheet.write_string(0, column, name, style["words"])
        sheet.set_column(column, column, 10)
        sheet.set_column(column + 1, column + 1, 36)
        for row, (code, label) in enumerate(known.items(), 1):
            sheet.write_string(row, column, code, style["text"])
            sheet.write_string(row, column + 1, label, style["plain"])
    return {
        name: _range(PLACES, number * 2, len(known)) for number, (name, known) in enumerate(found.items())
    }


def _range(sheet: str, column: int, count: int) -> str:
    letter = xlsxwriter.utility.xl_col_to_name(column)
    return f"='{sheet}'!${letter}$2:${letter}${count + 1}"


def _help_sheet(sheet: Any, style: Mapping[str, Any], language: str) -> None:
    copy = "".join(secrets.choice(SIGNS) for _sign in range(4))
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 34)
    sheet.set_column(2, 2, 46)
    sheet.set_column(3, 3, 60)
    said = [text[language].replace("COPY", copy) for text in _words()["help"].values()]
    for row, text in enumerate(said):
        sheet.merge_range(row, 0, row, 3, "", style["plain"])
        sheet.write_string(row, 0, text, style["words"] if row == 0 else style["plain"])
        sheet.set_row(row, 18 if row == 0 else 15 * (1 + len(text) // 130))
    start = len(said) + 1
    for column, text in enumerate(text[language] for text in _words()["help_columns"].values()):
        sheet.write_string(start, column, text, style["words"])
    for row, each in enumerate(fields(), start + 1):
        for column, text in enumerate((each.sheet, each.name, each.words[language], _hint(each, language))):
            sheet.write_string(row, column, text, style["plain"])


def _hint(field: Field, language: str) -> str:
    """What may be written into a column, in a sentence."""
    known = choices(field)
    if known:
        return "; ".join(words[language] for words in known.values())
    kind = field.list if field.list in {"country", "state", "municipality"} else field.target.kind
    hints = _words()["hints"]
    return hints[kind][language] if kind in hints else ""
