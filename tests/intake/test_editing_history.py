"""Whatever is edited, verified, joined, taken apart and undone: nothing counts that nobody looked at since.

What an act says is put together here by itself, not as the program does it. Who changed any of it verified none of it.
"""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from incidents import review
from incidents.errors import Problem
from incidents.intake import adding, changing, editing, rearranging, report, schema, take_in
from incidents.model.incident import Act, Incident, Information, Perpetrator, Source
from incidents.model.people import Involvement, Person
from incidents.model.rearrangement import Rearrangement
from incidents.model.vocabulary import COUNTED, Verification
from tests import make
from tests.conftest import EVERYTHING, Staff

WHY = "So that a colleague can follow it in a year."
WHO = ("reviewer", "other_reviewer", "second")
KINDS = (Act, Incident, Involvement, Perpetrator, Person, Source)
# One field of each kind, and what it may be.
FIELDS: dict[type[Any], tuple[str, tuple[Any, ...]]] = {
    Act: ("status", ("A", "C")),
    Incident: ("time", ("01:00", "02:00")),
    Involvement: ("part", ("DIR", "IND")),
    Perpetrator: ("group", ("Los Unos", "Los Otros")),
    Person: ("age", (30, 31)),
    Source: ("reliability", ("B", "C")),
}
GRADED = ("first_hand", "origin", "reliability")  # weighed, never brought back with an earlier version
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("edit", "edit", "edit", "verify", "verify", "verify", "restore"),
                *("choose", "words", "out", "back", "join", "split", "undo"),
            )
        ),
        st.sampled_from(WHO),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    min_size=8,
    max_size=60 if EVERYTHING else 14,
)


@settings(
    max_examples=25 if EVERYTHING else 3,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # a step takes a tenth of a second: nothing is made smaller
    suppress_health_check=list(HealthCheck),
)
@given(steps=STEPS)
def test_no_act_counts_whose_facts_its_verifier_changed_or_that_changed_since(
    sqlite_template, tmp_path_factory, steps
):
    folder = tmp_path_factory.mktemp("edited") / "instance"
    opened = sqlite_template.copy(folder, make.database_file(folder))
    with opened.app.app_context():
        Walk(Staff(opened.house, sqlite_template.founder_in(opened.house))).go(steps)
    opened.close()


class Walk:
    """Two incidents and everything that happens to them, with what each act said as it was decided on."""

    def __init__(self, staff: Staff) -> None:
        self.staff = staff
        self.decided: dict[
            Any, tuple[Any, Any]
        ] = {}  # act → who decided last that it counts, and what it said
        self.changed: dict[Any, set[Any]] = {}  # act → who changed anything that it says
        self.stood: dict[tuple[Any, int], Any] = {}  # record and version → its facts then
        self.told: dict[Any, Any] = {}  # incident → its facts and the words beside them, as they stand
        for _each in range(2):
            with staff.researcher.work() as work:
                told = make.report_document(acts=[{"key": "a1", "type": "KID"}, {"key": "a2", "type": "EXT"}])
                id = report.send(work, schema.load({**told, "involvements": []}), "page").id
            with staff.coordinator.work() as work:
                take_in.take_in(work, id)

    def go(self, steps: list[tuple[str, str, int, int]]) -> None:
        deeds = {
            "back": self.back, "choose": self.choose, "edit": self.edit, "join": self.join, "out": self.out,
            "restore": self.restore, "split": self.split, "undo": self.undo, "verify": self.verify,
            "words": self.words,
        }  # fmt: skip
        for deed, who, one, other in steps:
            before, member = self.says(), getattr(self.staff, who)
            try:
                with member.work() as work:
                    decided = deeds[deed](work, one, other)
            except Problem:  # refused: nothing was done
                decided = None
            now = self.says()
            for act in now.keys() & before.keys():
                if now[act] != before[act]:
                    self.changed.setdefault(act, set()).add(member.id)
            if decided is not None:
                self.decided[decided] = (member.id, now[decided])
            self.look(now)

    def says(self) -> dict[Any, Any]:
        """Everything that each act rests on, as it stands; and every version of every record as it was first seen."""
        with self.staff.coordinator.work() as work:
            rows = {row.id: row for kind in KINDS for row in work.db.scalars(select(kind))}
            facts = {id: work.read_all([row], "facts")[0] for id, row in rows.items()}
            self.told = {id: editing.read(work, row) for id, row in rows.items() if isinstance(row, Incident)}
            for id, row in rows.items():
                known = self.stood.setdefault((id, row.version), facts[id])
                assert known == facts[id]
            told = list(work.db.scalars(select(Information)))
            return {
                act.id: self._said(act, rows, facts, told) for act in rows.values() if isinstance(act, Act)
            }

    def _said(self, act: Act, rows: dict[Any, Any], facts: dict[Any, Any], told: list[Information]) -> Any:
        within = [
            r for r in rows.values() if isinstance(r, Involvement) and r.act_id == act.id and not r.left_on
        ]
        doers = [
            r
            for r in rows.values()
            if isinstance(r, Perpetrator) and r.incident_id == act.incident_id and not r.left_on
        ]
        sources = {each.source_id for each in told if each.act_id == act.id}
        return (
            facts[act.id],
            self.told[act.incident_id],  # its facts, its summary, its account
            {link.id: (facts[link.id], facts[link.person_id]) for link in within},
            {doer.id: facts[doer.id] for doer in doers},
            {id: facts[id] for id in sources if not rows[id].left_on},
        )

    def look(self, now: dict[Any, Any]) -> None:
        with self.staff.coordinator.work() as work:
            for act in work.db.scalars(select(Act).where(Act.left_on.is_(None))):
                if act.verification in COUNTED:
                    who, said = self.decided[act.id]
                    assert who not in self.changed.get(act.id, set())
                    assert said == now[act.id]
            for (id, version), facts in self.stood.items():
                if version % 2:  # the others are looked at as they are restored
                    assert editing.as_it_was(work, editing.found(work, id), version)["facts"] == facts

    # -- what may happen

    def one(self, work: Any, kind: type[Any], number: int) -> Any:
        rows = list(work.db.scalars(select(kind).order_by(kind.id)))
        return rows[number % len(rows)]

    def edit(self, work: Any, one: int, other: int) -> None:
        kind = KINDS[other % len(KINDS)]
        row = self.one(work, kind, one)
        name, values = FIELDS[kind]
        facts = {n: v for n, v in editing.read(work, row)["facts"].items() if n != "interview"}
        editing.edit(work, row, row.version, {**facts, name: values[one % 2]}, WHY)

    def choose(self, work: Any, one: int, other: int) -> None:
        """As who comes second does: what they began with is an older version, and on both sides something changed."""
        kind = KINDS[other % len(KINDS)]
        row = self.one(work, kind, one)
        name, values = FIELDS[kind]
        base = editing.as_it_was(work, row, 1 + other % row.version)["facts"]
        now = editing.read(work, row)["facts"]
        mine, clashes = changing.merged(base, now, {**base, name: values[one % 2]})
        if clashes and one % 3:
            mine = {**mine, name: now.get(name)}  # theirs stands
        facts = {n: v for n, v in mine.items() if n != "interview" and v is not None}
        editing.edit(work, row, row.version, facts, WHY)

    def words(self, work: Any, one: int, other: int) -> None:
        row = self.one(work, Incident, one)
        facts = {n: v for n, v in editing.read(work, row)["facts"].items() if n != "interview"}
        column = ("narrative", "summary")[other % 2]
        editing.edit(
            work, row, row.version, facts, WHY, {column: ("Así fue.", "No fue así.", None)[other % 3]}
        )

    def restore(self, work: Any, one: int, other: int) -> None:
        row = self.one(work, KINDS[other % len(KINDS)], one)
        version, before = 1 + other % row.version, editing.read(work, row)["facts"]
        editing.restore(work, row, row.version, version, WHY)
        facts, was = editing.read(work, row)["facts"], self.stood.get((row.id, version))
        graded = {n: said for n, said in before.items() if isinstance(row, Source) and n in GRADED}
        if was is not None:
            assert facts == {n: said for n, said in was.items() if n not in graded} | graded

    def verify(self, work: Any, one: int, _other: int) -> Any:
        act = self.one(work, Act, one)
        if act.left_on is not None or act.verification in COUNTED:
            return None
        review.move(work, review.act(work, act.id), Verification.CREDIBLE, WHY)
        return act.id

    def out(self, work: Any, one: int, other: int) -> None:
        row = self.one(work, (Act, Involvement, Perpetrator, Source)[other % 4], one)
        adding.take_out(work, row, row.version, WHY)

    def back(self, work: Any, one: int, other: int) -> None:
        row = self.one(work, (Act, Involvement, Perpetrator, Source)[other % 4], one)
        adding.bring_back(work, row, row.version, WHY)

    def join(self, work: Any, one: int, other: int) -> None:
        kind, deed = ((Incident, rearranging.merge), (Person, rearranging.merge_persons))[other % 2]
        deed(work, self.one(work, kind, one).id, self.one(work, kind, one + other + 1).id, WHY)

    def split(self, work: Any, one: int, _other: int) -> None:
        act = self.one(work, Act, one)
        rearranging.split(work, work.get(Incident, act.incident_id), [act.id], WHY)

    def undo(self, work: Any, one: int, _other: int) -> None:
        if work.db.scalars(select(Rearrangement)).first() is not None:
            rearranging.undo(work, self.one(work, Rearrangement, one), WHY)
