"""The scene: an instance with somebody in each role and a record of each kind, for what looks at every address."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from config import Settings
from incidents import (
    agreement,
    consent,
    erasure,
    evidence,
    follow_up,
    gate,
    jobs,
    members,
    opening,
    redaction,
    review,
    search,
    sharing,
    tokens,
)
from incidents.erasure import proposals
from incidents.intake import (
    drafts,
    duplicates,
    editing,
    importers,
    questions,
    rearranging,
    report,
    saved,
    take_in,
)
from incidents.model.coding import Sample
from incidents.model.edit import Edit
from incidents.model.job import Job
from incidents.model.opening import Opening
from incidents.model.quote import QuoteKind
from incidents.model.release import Release
from incidents.model.report import Report
from incidents.model.vocabulary import Role, Verification, codes
from incidents.release import making, publish, signing
from incidents.search import Opened
from tests import make
from tests.api.programs import HERE, sessions_of, staff_of, start, stop
from tests.api.test_road import MAPPING, TABLE
from tests.evidence import invented
from tests.sharing.test_sharing import choice

UNSAFE = {"DELETE", "PATCH", "POST", "PUT"}
NOBODY = ""


@dataclass
class Scene:
    app: Flask
    staff: SimpleNamespace
    records: dict[tuple[str, str], UUID]  # what, whose → id; a shared one is everybody's

    def ask(self, method: str, path: str, who: str, *, json: Any = None, headers: Any = None):
        """As a browser does for a page, as a program does for the API."""
        client = self.app.test_client()
        sent = dict(HERE if headers is None else headers)
        if who:
            token = sessions_of(getattr(self.staff, who)).hex()
            if path.startswith("/api/") and headers is None:
                sent["Authorization"] = f"Bearer {token}"
            else:
                client.set_cookie(gate.COOKIE, token, secure=True)
        body = {"json": {} if json is None else json} if path.startswith("/api/") and method in UNSAFE else {}
        return client.open(
            path, method=method, headers=sent, base_url="https://localhost", buffered=True, **body
        )


@pytest.fixture(scope="module")
def scene(sqlite_template: make.Template, tmp_path_factory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("matrix") / "instance"
    sqlite_template.copy(folder, make.database_file(folder)).close()
    settings = Settings(
        instance=folder,
        database_url=make.database_file(folder),
        keys_file=folder / "keys.db",
        pepper_file=folder / "pepper",
        boot_key_file=folder / "boot" / "boot.key",
        checkpoints=None,
        timezone="UTC",
    )
    app = start(settings)
    with app.app_context():
        house = app.extensions["house"]
        staff = staff_of(house, sqlite_template.founder_in(house))
        records = dict((*records_of(staff), *tokens_of(staff), *made_of(staff), *invited_by(staff)))
    yield Scene(app, staff, records)
    stop(app)


def records_of(staff: SimpleNamespace) -> Iterator[tuple[tuple[str, str], UUID]]:
    """One of each kind for everybody who may have one, and of what the staff shares."""
    for who in ("field_researcher", "reviewer", "coordinator", "second"):
        with getattr(staff, who).work() as work:
            yield ("sent", who), report.send(work, make.report_document(), "page").id
            yield ("draft", who), drafts.save(work, uuid4(), [("narrative", make.CANARY_NARRATIVE)]).id
    for who in ("reviewer", "coordinator", "second"):
        with getattr(staff, who).work() as work:
            given = importers.packed(TABLE.encode(), "t.csv", MAPPING)
            job = jobs.start(work, importers.KIND, {}, given)
        assert jobs.run_waiting(staff.second.house)
        with getattr(staff, who).work() as work:
            batch = UUID(jobs.result(work, work.get(Job, job.id))["batch"])
        yield ("job", who), job.id
        with getattr(staff, who).work() as work:
            found = jobs.start(work, search.FIND, {}, {"words": "gasolinera"}).id
            yield ("look", who), duplicates.start(work).id
            yield ("sought", who), jobs.start(work, search.PEOPLE, {"reason": "contact"}, {"name": "Rosa"}).id
            yield ("filter", who), search.save_filter(work, "Kidnapping", {"act": ["KID"]}).id
        for _each in range(3):
            assert jobs.run_waiting(staff.second.house)
        yield ("search", who), found
        yield ("imported", who), batch
        with getattr(staff, who).work() as work:
            yield ("mapping", who), saved.save(work, f"Sheet of {who}", MAPPING).id
    yield ("batch", "shared"), batch
    with staff.field_researcher.work() as work:
        told = [report.send(work, _agreed(), "page").id for _report in range(2)]
    with staff.second.work() as work:
        incident = take_in.take_in(work, told[0]).id
    with staff.second.work() as work:
        opened = search.open_incident(work, incident)
        shared = {
            "told": told[0],
            "waiting": told[1],
            "member": staff.second.id,
            **_of_incident(opened),
        }
        given = {
            "kind": next(iter(codes("intervention"))),
            "status": next(iter(codes("intervention_status"))),
        }
        found = opened.incident
        shared["intervention"] = follow_up.intervene(work, found, given).id
        shared["question"] = questions.ask(work, work.get(Report, told[0]), "when").id
        person, task = opened.people[0][0], next(iter(codes("task")))
        shared["task"] = follow_up.make(work, found, person, task, work.today).id
    shared |= {
        "moved": _moved(staff.second, opened.acts[0][0].id),
        "edit": _edited(staff.second, incident),
        "quote": _quoted(staff.second, incident),
    }
    shared |= _files(staff, found)
    with staff.second.work() as work:
        people = [person.id for person, _facts in opened.people]
        shared["arrangement"] = rearranging.merge_persons(work, *people, "The same name and phone.").id
    with staff.second.work() as work:
        work.house.second_yes = True
        assert opening.field(work, opened.people[0][0], "name", "contact") is opening.ASKED
        shared["opening"] = next(iter(work.pending(Opening))).id
        work.house.second_yes = False
        shared["package"] = sharing.prepare(work, choice(incident)).id
    yield from (*_waiting_to_go(staff.coordinator, opened.people[0][0], told[1]), *_codings(staff))
    with staff.analyst.work() as work:
        shared["release"] = publish.prepare(work, "internal", {}).id
    yield from (((what, "shared"), id) for what, id in shared.items())


def _waiting_to_go(member: make.Member, person: Any, report: UUID) -> Iterator[tuple[Any, UUID]]:
    """A rule and what it proposes, and what somebody says may stand beside a consent."""
    with member.work() as work:
        rule = erasure.set_rule(work, "set_aside", 12).id
        proposal = proposals.propose(work, "report", report, rule).id
        given = {"kind": "number_only", "reasons": "A court published the number."}
        basis = consent.propose_basis(work, person, given)
    yield from {
        ("rule", "shared"): rule,
        ("proposal", "shared"): proposal,
        ("basis", "shared"): basis.id,
    }.items()


def invited_by(staff: SimpleNamespace) -> Iterator[tuple[tuple[str, str], UUID]]:
    """Somebody who may be removed in the midst of it."""
    with staff.coordinator.work() as work:
        yield ("colleague", "shared"), members.invite(work, "Carla Inventada", [Role.AUDITOR])[0].id


def tokens_of(staff: SimpleNamespace) -> Iterator[tuple[tuple[str, str], UUID]]:
    for who in (*sorted(Role), "second"):
        with getattr(staff, who).work() as work:
            yield ("token", who), tokens.make(work, "A script", ["account:own"]).row.id


def made_of(staff: SimpleNamespace) -> Iterator[tuple[tuple[str, str], UUID]]:
    """A release that a job made, and signatures of it; another's, and only who prepares or signs has one of these."""
    with staff.analyst.work() as work:
        made = making.start(work, publish.Wanted("internal", {})).id
    assert jobs.run_waiting(staff.second.house)
    yield ("made", "analyst"), made
    with staff.second.work() as work:
        yield ("made", "shared"), jobs.own(work)[0].id
    with staff.analyst.work() as work:
        release = making.outcome(work, making.one(work, made)).release
    for who, name in ((staff.coordinator, "coordinator"), (staff.second, "shared")):
        with who.work() as work:
            yield ("signature", name), signing.start(work, work.get(Release, release), declared=True).id


def _of_incident(opened: Opened) -> dict[str, UUID]:
    """An incident, and one of each kind of record in it."""
    return {
        "incident": opened.incident.id,
        "act": opened.acts[0][0].id,
        "involvement": opened.involvements[0][0].id,
        "perpetrator": opened.perpetrators[0][0].id,
        "person": opened.people[0][0].id,
        "source": opened.sources[0][0].id,
    }


def _codings(staff: SimpleNamespace) -> Iterator[tuple[tuple[str, str], UUID]]:
    """A sample that nobody has coded yet, and a sheet for each who codes; nobody codes what they took in."""
    with staff.field_researcher.work() as work:
        told = report.send(work, _agreed(), "page", uuid4()).id
    with staff.reviewer.work() as work:
        take_in.take_in(work, told)
    for coders in (("reviewer", "coordinator"), ("second", "coordinator")):
        with staff.coordinator.work() as work:
            ids = [getattr(staff, who).id for who in coders]
            wanted = agreement.Wanted(1, work.today, work.today, ids, agreement.USUAL)
            sample = agreement.draw(work, wanted)
        for who in coders:
            with getattr(staff, who).work() as work:
                yield ("coding", who), agreement.own(work, work.get(Sample, sample.id))[0].id
    yield ("sample", "shared"), sample.id


def _quoted(member: make.Member, incident: UUID) -> UUID:
    """An account on the redaction desk; whoever told it said yes to being quoted, today."""
    with member.work() as work:
        (source,) = redaction.offered(work, incident)
        consent.decide(work, source.person, {"given_by": "self", "decisions": {"QUO": "given"}})
    with member.work() as work:
        return redaction.begin(work, incident, source.part.id, QuoteKind.QUOTE).id


def _edited(member: make.Member, incident: UUID) -> UUID:
    with member.work() as work:
        row = search.incident(work, incident)
        editing.edit(work, row, row.version, {"time": "16:30"}, "The recording says otherwise.")
        return next(iter(work.pending(Edit))).id


def _moved(member: make.Member, act: UUID) -> UUID:
    with member.work() as work:
        seen = {act: review.act(work, act).version}
        rows, _plan = review.move_many(
            work, seen, Verification.UNDER_VERIFICATION, "We look into all of these."
        )
        return rows[0].id


def _files(staff: SimpleNamespace, incident: Any) -> dict[str, UUID]:
    """A file, and the erasure of another one."""
    data = invented.jpeg()
    with staff.second.work() as work:
        kept, sent = (
            evidence.keep(work, incident, invented.about(data), io.BytesIO(data)) for _each in range(2)
        )
    with staff.second.work() as work:
        done = erasure.erase_evidence(work, sent, "It was sent to us by mistake.")
    return {"evidence": kept.id, "erasure": done.id}


def _agreed() -> dict[str, Any]:
    """A report whose teller agrees to legal use too, so that a package can hold them."""
    document = make.report_document()
    document["persons"][0]["consent"]["decisions"]["LEG"] = "given"
    return document
