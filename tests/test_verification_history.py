"""Random histories of weighing, judging, deciding, joining, parting, moving together and taking that back.

Beside the program goes a small model, kept in another way. No act counts without the people and the grounds that the
rule asks for, and what was weighed anew after a decision is decided anew.
"""

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from incidents import evidence, review
from incidents.errors import InvalidInput, Problem
from incidents.intake import rearranging, report, schema
from incidents.intake.take_in import take_in
from incidents.model.evidence import Evidence
from incidents.model.incident import Act, Incident
from incidents.model.rearrangement import Rearrangement
from incidents.model.review import Review
from incidents.model.vocabulary import COUNTED, Role, Verification
from incidents.review import moves
from tests import make
from tests.conftest import EVERYTHING
from tests.evidence import invented

V = Verification
WHY = "Compared with the shelter's book and the court's paper."
REVIEWERS = ("reviewer", "third", "writer")  # the writer is a reviewer too, and submitted it all
KINDS = ("KID", "SXA")  # the second is restricted
SOURCES = (
    {"type": "INP", "relation": "VIC", "origin": "one"},
    {"type": "DOC", "relation": "OFF", "origin": "two"},
)


@dataclass
class Known:
    """One act as the model knows it."""

    id: UUID
    restricted: bool
    says: list[str] = field(default_factory=lambda: ["supports", "supports"])
    first: set[str] = field(default_factory=set)  # who said the state that it is in, since the last look
    shown_by: dict[tuple[UUID, str], tuple[str, str]] = field(
        default_factory=dict
    )  # which picture who judged, and how
    decided_by: str = ""
    state: Verification = V.RECEIVED
    words: dict[Verification, str] = field(default_factory=dict)  # of one, where two have to agree
    touched: int = 0  # how often anything was done to it


@dataclass
class World:
    folder: Path
    members: dict[str, make.Member]
    acts: list[Known]
    incidents: list[UUID]
    pictures: list[UUID]  # of each of the incidents


def build(template: make.Template, folder) -> World:
    """One incident of two acts, two sources and a picture that a coordinator brought; another one with a picture."""
    instance = template.copy(folder, make.database_file(folder))
    with instance.app.app_context():
        house = instance.house
        members = {"coordinator": template.founder_in(house)}
        for name in REVIEWERS:
            members[name] = make.member(house, members["coordinator"], f"{name} Inventada", Role.REVIEWER)
        acts = [{"key": f"a{n}", "type": kind, "status": "C"} for n, kind in enumerate(KINDS, 1)]
        told = make.report_document(acts=acts, involvements=None, sources=list(SOURCES))
        incidents, pictures, data = [], [], invented.jpeg()
        for document in (told, make.report_document()):
            with members["writer"].work() as work:
                sent = report.send(work, schema.load(document), "page").id
            with members["reviewer"].work() as work:
                incidents.append(take_in(work, sent).id)
            with members["coordinator"].work() as work:
                to = work.get(Incident, incidents[-1])
                pictures.append(evidence.keep(work, to, invented.about(data), io.BytesIO(data)).id)
        with members["reviewer"].work() as work:
            rows = list(work.db.scalars(select(Act).where(Act.incident_id == incidents[0])))
            kinds = [facts["type"] for facts in work.read_all(rows, "facts")]
            known = [Known(row.id, kind == "SXA") for row, kind in zip(rows, kinds, strict=True)]
    instance.close()
    return World(folder, members, known, incidents, pictures)


class History(RuleBasedStateMachine):
    world: ClassVar[World]
    folders: ClassVar[Iterator[Path]]

    def __init__(self) -> None:
        super().__init__()
        self.folder = next(self.folders)
        shutil.copytree(self.world.folder, self.folder)
        self.instance = make.Instance.open(self.folder, make.database_file(self.folder))
        self.context = self.instance.app.app_context()
        self.context.push()
        self.house = self.instance.house
        self.members = {n: replace(m, house=self.house) for n, m in self.world.members.items()}
        self.acts = [
            replace(a, says=list(a.says), first=set(), shown_by={}, words={}) for a in self.world.acts
        ]
        self.moves: list[
            tuple[UUID, dict[UUID, tuple[Verification, int]]]
        ] = []  # many at once, and what from
        self.joined: UUID | None = None  # by which the other incident is read under this one
        self.origins = ["one", "two"]  # of the sources, which both acts share
        with self.members["reviewer"].work() as work:
            told = review.grounds_of(work, work.get(Act, self.acts[0].id)).told
            ids = {each.facts["type"]: each.source.id for each in told}
        self.ids = [ids[each["type"]] for each in SOURCES]

    def teardown(self) -> None:
        self.context.pop()
        self.instance.close()
        shutil.rmtree(self.folder)

    # -- what the rule asks for, said once more

    def may(self, known: Known, who: str, to: Verification, table=review.MOVES) -> bool:
        if who == "writer" or (known.state, to) not in table:
            return False
        shown = [by for (_which, by), said in self.judged(known).items() if said == ("yes", "act")]
        full = {o for o, says in zip(self.origins, known.says, strict=True) if says == "supports"}
        some = {o for o, says in zip(self.origins, known.says, strict=True) if says != "contradicts"}
        if to == V.VERIFIED:
            return len(full) == 2 or any(by != who for by in shown)
        return to != V.CREDIBLE or bool(some or shown)

    def judged(self, known: Known) -> dict[tuple[UUID, str], tuple[str, str]]:
        """What is judged of pictures that are of its incident now."""
        here = self.world.pictures if self.joined else self.world.pictures[:1]
        return {at: said for at, said in known.shown_by.items() if at[0] in here}

    def may_with_others(self, known: Known, who: str, to: Verification, table=review.MOVES) -> bool:
        """As by itself, but for what two have to agree on: that is never moved by the dozen."""
        plain = (known.state, to) in table and not table[known.state, to].second_person
        return plain or (self.may(known, who, to, table) and not (known.restricted and to in COUNTED))

    def moved(self, known: Known, who: str, to: Verification) -> None:
        known.state, known.decided_by, known.words = to, who, {}
        known.first = {who}
        known.touched += 1

    # -- what reviewers do

    @rule(which=st.integers(0, 1), who=st.sampled_from(REVIEWERS), to=st.sampled_from(list(V)))
    def somebody_decides(self, which, who, to) -> None:
        known = self.acts[which]
        plain = (known.state, to) in review.MOVES and not review.MOVES[known.state, to].second_person
        may = plain or (self.may(known, who, to) and not (known.restricted and known.words.get(to) == who))
        try:
            with self.members[who].work() as work:
                said = review.move(work, review.act(work, known.id), to, WHY)
        except Problem:
            assert not may, (known, who, to)
            return
        assert may, (known, who, to)
        known.touched += 1
        alone = known.restricted and to in COUNTED and to not in known.words
        assert bool(said.first_of_two) == alone
        if alone:
            known.words[to] = who
            return
        known.first = {who, known.words.get(to, who)}
        known.state, known.decided_by, known.words = to, who, {}

    @rule(
        which=st.integers(0, 1),
        source=st.integers(0, 1),
        who=st.sampled_from(REVIEWERS),
        says=st.sampled_from(["supports", "partial", "contradicts"]),
        origin=st.sampled_from(["", "alone", "beside"]),
    )
    def somebody_weighs(self, which, source, who, says, origin) -> None:
        known = self.acts[which]
        before = self.origins[source]
        after = self.origins[1 - source] if origin == "beside" else f"source/{self.ids[source]}"
        if origin and after != before and who == "writer":
            return  # refused: see test_weighing
        with self.members[who].work() as work:
            told = review.grounds_of(work, work.get(Act, known.id)).told
            ids = {each.facts["type"]: each for each in told}
            one, other = ids[SOURCES[source]["type"]], ids[SOURCES[1 - source]["type"]]
            beside = other.source if origin == "beside" else None
            first_hand = one.facts.get("first_hand") or "UNK"
            weight = review.Weight(says, "6", "F", first_hand, beside, origin == "alone")
            review.weigh(work, one.source, one.information, weight, WHY)
        if origin:
            self.origins[source] = after
        touched = self.acts if self.origins[source] != before else []
        if known.says[source] != says:
            known.says[source] = says
            touched = [*touched, known]
        for each in touched:
            self.look_again(each)

    @rule(
        which=st.integers(0, 1),
        picture=st.integers(0, 1),
        who=st.sampled_from(REVIEWERS),
        authentic=st.sampled_from(["yes", "yes", "no"]),
        shows=st.sampled_from(["act", "act", "presence"]),
    )
    def somebody_judges(self, which, picture, who, authentic, shows) -> None:
        known, picture = self.acts[which], self.world.pictures[picture]
        here = self.joined or picture == self.world.pictures[0]
        leans = self.leans_on(known, picture)
        try:
            with self.members[who].work() as work:
                item = work.get(Evidence, picture)
                review.judge(
                    work, work.get(Act, known.id), item, authentic=authentic, shows=shows, reasons=WHY
                )
        except Problem:
            assert who == "writer" or not here
            return
        assert who != "writer"
        assert here
        known.touched += 1
        known.shown_by[picture, who] = (authentic, shows)
        known.words = {}
        if leans:
            self.look_again(known)

    @rule()
    def somebody_joins_the_incidents_or_parts_them(self) -> None:
        one, other = self.world.incidents
        if self.joined is None:
            with self.members["coordinator"].work() as work:
                self.joined = rearranging.merge(work, one, other, WHY).id
            return
        far = self.world.pictures[1]
        lean = [known for known in self.acts if self.leans_on(known, far)]
        judged = [known for known in self.acts if any(picture == far for picture, _who in known.shown_by)]
        with self.members["coordinator"].work() as work:
            rearranging.undo(work, work.get(Rearrangement, self.joined), WHY)
        self.joined = None
        for known in judged:
            known.touched += 1
            known.words = {}
        for known in lean:
            self.look_again(known)

    @rule(who=st.sampled_from(REVIEWERS), to=st.sampled_from(list(V)))
    def somebody_moves_both_together(self, who, to) -> None:
        moving = {each.id: each for each in self.acts if self.may_with_others(each, who, to)}
        try:
            with self.members[who].work() as work:
                seen = {each.id: work.get(Act, each.id).version for each in self.acts}
                looked = review.plan(work, review.chosen(work, seen), to)
                assert {act.id for act in looked.moving} == set(moving)
                rows, _plan = review.move_many(work, seen, to, WHY)
        except InvalidInput:
            assert to not in {state for _from, state in review.MOVES}
            return
        assert {row.act_id for row in rows} == set(moving)
        before = {id: known.state for id, known in moving.items()}
        for known in moving.values():
            self.moved(known, who, to)
        if rows:
            left = {id: (before[id], known.touched) for id, known in moving.items()}
            self.moves.append((rows[0].id, left))

    @rule(who=st.sampled_from(REVIEWERS), back=st.integers(1, 3))
    def somebody_takes_a_move_back(self, who, back) -> None:
        if len(self.moves) < back:
            return
        id, left = self.moves[-back]
        table = moves.UNDOING
        moving = {
            known.id: known
            for known in self.acts
            if known.id in left and known.touched == left[known.id][1]
            if self.may_with_others(known, who, left[known.id][0], table)
        }
        with self.members[who].work() as work:
            rows, _plan = review.move_back(work, id, WHY)
        assert {row.act_id for row in rows} == set(moving)
        for known in moving.values():
            self.moved(known, who, left[known.id][0])

    def leans_on(self, known: Known, picture: UUID) -> bool:
        with self.members["reviewer"].work() as work:
            rows = [
                row for row, _why in review.reviews(work, work.get(Act, known.id)) if not row.first_of_two
            ]
            return known.state in COUNTED and any(
                str(picture) in (row.cites or ()) for row in rows if row.to_state == known.state
            )

    def look_again(self, known: Known) -> None:
        """What counted does not; what one of two said is over."""
        known.touched += 1
        known.words = {}
        if known.state in COUNTED:
            known.state, known.first = V.UNDER_VERIFICATION, set()

    # -- what always holds

    @invariant()
    def every_act_is_where_the_rule_lets_it_be(self) -> None:
        with self.members["reviewer"].work() as work:
            states = {each.id: work.get(Act, each.id).verification for each in self.acts}
        for known in self.acts:
            assert states[known.id] == known.state, known
            if known.state in COUNTED:
                assert "writer" not in known.first
                assert len(known.first) == (2 if known.restricted else 1)

    @invariant()
    def what_counts_is_traced_to_named_people_and_grounds(self) -> None:
        with self.members["reviewer"].work() as work:
            for known in self.acts:
                if known.state not in COUNTED:
                    continue
                rows = [row for row, _why in review.reviews(work, work.get(Act, known.id))]
                last = [row for row in rows if not row.first_of_two][-1]
                assert (last.to_state, last.decided_by) == (known.state, self.members[known.decided_by].id)
                assert last.cites
                if known.restricted:
                    first = work.get(Review, last.seconds)
                    assert first.decided_by != last.decided_by


def test_through_no_history_does_an_act_count_without_its_people_and_grounds(sqlite_template, tmp_path):
    world = build(sqlite_template, tmp_path / "world")
    History.world = world
    History.folders = (tmp_path / f"history-{number}" for number in count())
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=60 if EVERYTHING else 8,
            stateful_step_count=30 if EVERYTHING else 15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=(Phase.generate,),
        ),
    )
