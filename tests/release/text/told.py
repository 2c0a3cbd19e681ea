"""An invented edition: tables, a methodology and accounts made by hand, and nobody in it."""

from dataclasses import dataclass
from datetime import date

from incidents.release.tables.captions import About
from incidents.release.tables.cells import ALL, FEW, OUT, Axis, Counted, Key, Shown, Table
from incidents.release.text import facts as f
from incidents.release.text.accounts import Cited, Quote
from incidents.release.text.facts import Facts, Fates, Typed
from incidents.release.text.writing import Material

ORGANISATION = "Casa Inventada del Río"
ACTS, STATES = (
    ("KID", "EXT", "ASS", "ROB", "THR", "(not shown)"),
    ("MX-BCN", "MX-CHH", "MX-TAM", "MX-COA", "MX-SON"),
)
STATUSES = (ALL, "C", "A", "U")
MONTHS = ("2019-03", "2019-04", "2019-05", "2019-06", "2019-07", "2019-08", "2019-09", "2019-10")
NATIONS = ("HND", "GTM", "SLV", "CUB", "HTI", "(not recorded)")


def _keys(unit: str, rows: str, columns: str, codes, others) -> dict[tuple[str, str], Key]:
    def one(name, code):
        return () if code == ALL else (f"{name}={code}",)

    return {
        (row, column): (unit, *sorted(one(rows, row) + one(columns, column)))
        for row in codes
        for column in others
    }


def table(name, unit, rows, columns, notes=()) -> Table:
    """With a row and a column of totals."""
    cells = _keys(unit, rows.name, columns.name, rows.codes, columns.codes)
    return Table(name, unit, rows, columns, cells, notes)


ONE = Axis("", (ALL,))
TABLES = (
    table("T1-incidents", "incidents", Axis("act", (*ACTS, ALL), "act"), Axis("state", (*STATES, ALL))),
    table(
        "T2-incidents",
        "incidents",
        Axis("month", (*MONTHS, "2019", ALL)),
        Axis("status", STATUSES, "act_status"),
    ),
    table("T4-nationality", "persons", Axis("nationality", (*NATIONS, ALL)), ONE),
)
# What stands in each table, row by row, as somebody protected it.
LINES = (
    (
        (21, 8, 17, FEW, OUT, 61), (13, 9, 11, FEW, OUT, 43), (7, FEW, 6, 0, 0, 16), (8, 5, FEW, 0, FEW, 19),
        (OUT, FEW, 12, 0, 0, 22), (FEW, FEW, 0, 0, 0, 6), (38, 17, 34, 7, 9, 97),
    ),
    (
        (6, 6, 0, 0), (9, 9, 0, 0), (14, OUT, FEW, 0), (11, 11, 0, 0), (FEW, FEW, 0, 0), (23, 18, FEW, FEW),
        (OUT, OUT, FEW, 0), (12, 12, 0, 0), (8, 8, 0, 0), (97, 84, 8, 5),
    ),
    ((64,), (22,), (OUT,), (FEW,), (19,), (7,), (131,)),
)  # fmt: skip


def _values() -> dict[Key, int | str]:
    return {
        made.cells[row, column]: number
        for made, lines in zip(TABLES, LINES, strict=True)
        for row, line in zip(made.rows.codes, lines, strict=True)
        for column, number in zip(made.columns.codes, line, strict=True)
    }


METHODOLOGY: dict[Key, int | str] = {
    f.INTERVIEWS: 52,
    f.key("interviews", outcome="INC"): 41,
    f.key("interviews", outcome="NOT"): 8,
    f.key("interviews", outcome="STP"): FEW,
    f.key("interviews", mode="phone"): 12,
    f.key("interviews", private="yes"): 47,
    f.key("interviews", interpreter="yes"): 7,
    f.key("interviews", before="yes"): 9,
    f.key("interviews", before="published"): FEW,
    f.key("tellers", who="women"): 24,
    f.key("tellers", who="men"): 16,
    f.key("tellers", who="children"): FEW,
    f.key("tellers", who="unknown"): OUT,
    f.FAMILIES: 33,
    f.CONSENTED: 63,
    f.key("agreed", method="spoken"): 55,
    f.key("agreed", method="signed"): 8,
    f.EXPLAINED: 58,
    f.ON_A_BASIS: 6,
    f.DOCUMENTED: 13,
    f.key("looked_at", unit="incidents"): 1204,
    f.key("left_out", reason="agreement", unit="incidents"): 60,
    f.key("left_out", reason="withdrawn", unit="incidents"): FEW,
    f.key("left_out", reason="not_verified", unit="incidents"): OUT,
}
SHOWN = Shown(Counted(TABLES, {}, ()), {**_values(), **METHODOLOGY}, "A")
FACTS = Facts(
    organisation=ORGANISATION,
    data_date=date(2020, 2, 14),
    counts={},
    fates=Fates("incidents", 0, {}),
    months=("2019-10", "2020-01"),
    places=("02004", "MX-TAM"),
    elsewhere=True,
    languages=("spa", "hat"),
    states=("CRE", "VER"),
)
TYPED = Typed(purpose_explained=True, could_stop=True, nobody_paid=True)


@dataclass(frozen=True)
class Signed:
    """Words that two people signed, as the shelf hands them out."""

    pseudonym: str
    text: str
    age: int | None = None
    age_band: str = ""
    gender: str = ""
    nationality: tuple[str, ...] = ()


QUOTES = (
    Quote(
        Signed("Cecilia P.", "Nos quitaron los papeles y dijeron que nos conocían.", 36, "", "F", ("VEN",)),
        Cited("MX-TAM", "2019-11"),
    ),
    Quote(
        Signed(
            "Wilner J.",
            "They asked my sister for money. [PLACE 1] is where they held us.",
            None,
            "25-34",
            "M",
            ("HTI",),
        ),
        Cited("MX-BCN", "2019-12", phone=True),
        "en",
    ),
    Quote(
        Signed("Nobody N.", "Volvimos a pie, de noche.", 15, "", "F", ("HND",)),
        Cited("MX-CHH", "2020-01", withheld=True),
    ),
)
AGES = (36, 25, 34, 15)  # of those who are quoted
ABOUT = About("2020-02-14", "2019-03", "2019-10", ("CRE", "VER"), "A", at_least=True)
MATERIAL = Material(SHOWN, FACTS, ABOUT, quotes=QUOTES, typed=TYPED)
