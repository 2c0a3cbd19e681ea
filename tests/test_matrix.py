"""Every address × every role × one's own record, another's, and none: made from the app's own list of addresses."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.routing import Rule

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
from incidents.gate import PUBLIC, SIGNED_IN, needed
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
from incidents.model.base import db
from incidents.model.coding import Sample
from incidents.model.edit import Edit
from incidents.model.job import Job
from incidents.model.opening import Opening
from incidents.model.quote import QuoteKind
from incidents.model.release import Release
from incidents.model.report import Report
from incidents.model.vocabulary import Role, Verification, codes
from incidents.release import making, publish, signing
from incidents.safeguards.access import GRANTS, NOT_BY_TOKEN, Permission
from incidents.search import Opened
from incidents.work import Compartment
from tests import make
from tests.api.programs import DECLARED, HERE, sessions_of, staff_of, start, stop
from tests.api.test_road import MAPPING, TABLE
from tests.evidence import invented
from tests.sharing.test_sharing import choice

TEXTS = (
    "application/json",
    "application/problem+json",
    "text/",
)  # of what else comes, the bytes say nothing here
UNSAFE = {"DELETE", "PATCH", "POST", "PUT"}
NOBODY = ""
# What an address names, by its family and argument. `own`: seen by its owner alone; `shared`: by whoever may.
OWN = {
    "coding",
    "draft",
    "filter",
    "imported",
    "job",
    "look",
    "made",
    "search",
    "sent",
    "signature",
    "sought",
}
NAMES: dict[tuple[str, str], str] = {
    ("account.join", "token"): "link",
    ("members.show", "id"): "member",
    ("account.setup", "token"): "link",
    ("api.consent.decide", "id"): "person",
    ("api.consent.taken", "id"): "sent",
    ("api.batches", "id"): "batch",
    ("api.coding.code", "id"): "coding",
    ("api.coding.sheet", "id"): "coding",
    ("api.consent.withdraw", "id"): "person",
    ("api.erasures", "id"): "proposal",
    ("api.erasures.end_rule", "id"): "rule",
    ("api.importers", "id"): "job",
    ("api.interventions", "id"): "intervention",
    ("api.job", "id"): "job",
    ("api.mappings", "id"): "mapping",
    ("api.members", "id"): "colleague",
    ("api.naming", "id"): "person",
    ("api.openings", "id"): "opening",
    ("api.persons", "id"): "person",
    ("api.persons.confirm_basis", "id"): "basis",
    ("api.persons.end_basis", "id"): "basis",
    ("api.words", "id"): "search",
    ("api.arranging", "id"): "incident",
    ("api.arranging.told", "id"): "told",
    ("api.arranging.undo", "id"): "arrangement",
    ("arranging.arrange", "id"): "incident",
    ("arranging.told", "id"): "told",
    ("arranging.undo", "id"): "arrangement",
    ("api.tokens", "id"): "token",
    ("api.duplicates", "id"): "look",
    ("api.newer", "id"): "waiting",
    ("api.redaction.begin", "id"): "incident",
    ("api.redaction.begin_case", "id"): "incident",
    ("api.redaction.offered", "id"): "incident",
    ("api.redaction.subjects", "id"): "incident",
    ("api.release.made", "id"): "made",
    ("coding", "id"): "sample",
    ("coding.sheet", "id"): "coding",
    ("consent.of_report", "id"): "sent",
    ("consent.receipt", "id"): "person",
    ("consent.words", "id"): "sent",
    ("duplicates", "id"): "look",
    ("evidence", "id"): "evidence",
    ("evidence.new", "id"): "incident",
    ("evidence.new_of_report", "id"): "waiting",
    ("importers", "id"): "batch",
    ("importers.preview", "id"): "job",
    ("importers.result", "id"): "imported",
    ("inbox", "id"): "waiting",
    ("incident.closed", "id"): "person",
    ("incident.identity", "id"): "person",
    ("incident.person", "id"): "person",
    ("incident.show", "id"): "incident",
    ("follow_up.close", "id"): "task",
    ("follow_up.intervene", "id"): "incident",
    ("follow_up.intervention", "id"): "intervention",
    ("follow_up.new", "id"): "incident",
    ("follow_up.phone", "id"): "task",
    ("follow_up.show", "id"): "task",
    ("interview", "id"): "waiting",
    ("job", "id"): "job",
    ("making", "id"): "made",
    ("many", "id"): "moved",
    ("people", "id"): "sought",
    ("there.open_names", "id"): "person",
    ("opening", "id"): "opening",
    ("adding", "id"): "incident",
    ("api.editing", "id"): "act",
    ("editing.act", "id"): "act",
    ("editing.incident", "id"): "incident",
    ("editing.involvement", "id"): "involvement",
    ("editing.name", "id"): "person",
    ("editing.perpetrator", "id"): "perpetrator",
    ("editing.perpetrator_name", "id"): "perpetrator",
    ("editing.person", "id"): "person",
    ("editing.source", "id"): "source",
    ("editing.source_reference", "id"): "source",
    ("edits", "id"): "edit",
    ("redaction", "id"): "quote",
    ("redaction.case", "id"): "incident",
    ("redaction.new", "id"): "incident",
    ("release", "id"): "release",
    ("report.clear", "id"): "sent",
    ("report.discard", "id"): "draft",
    ("report.draft", "id"): "draft",
    ("report.sent", "id"): "sent",
    ("report.show", "id"): "sent",
    ("report.stopped", "id"): "draft",
    ("review", "id"): "act",
    ("sharing", "id"): "package",
    ("saved", "id"): "mapping",
    ("signing", "id"): "signature",
    ("api.release.signature", "id"): "signature",
    ("search.forget", "id"): "filter",
    ("search.found", "id"): "search",
    ("talk.answer", "id"): "sent",
    ("talk.ask", "id"): "told",
    ("talk.kept", "id"): "sent",
    ("talk.of_report", "id"): "sent",
    ("talk.settle", "id"): "question",
    ("talk", "id"): "incident",
    ("texts", "id"): "erasure",
    ("timeline", "id"): "incident",
}
BODIES = {
    "api.openings.answer": {"yes": False},
    "api.consent.decide": {"decisions": {"CON": "given"}},
    "api.consent.withdraw": {"everything": True},
    "api.evidence.hand_over": {"to": "Fiscalía Inventada", "words": "They asked for it in writing."},
    "api.evidence.name_people": {"everybody": True},
    "api.erasures.call_off": {"words": "It is needed before the court."},
    "api.follow_up.phone": {"reason": "contact"},
    "api.inbox.set_aside": {"reason": "test"},
    "api.inbox.take": {},
    "api.many.look": {"to": "CRE", "acts": [str(UUID(int=0))]},
    "api.many.move": {
        "to": "CRE",
        "acts": [{"act": str(UUID(int=0)), "seen": 1}],
        "reasons": "Two phone records agree with it.",
    },
    "api.many.take_back": {"reasons": "Two phone records agree with it."},
    "api.persons.ask_to_erase": {"words": "They wrote to us from a new number."},
    "api.persons.identity": {"field": "name", "reason": "contact"},
    "api.persons.propose_basis": {"kind": "number_only", "reasons": "A court published the number."},
    "api.report.send": make.report_document(),
    "api.release.sign": DECLARED,
    "api.review.judge": {
        "evidence": str(UUID(int=0)),
        "authentic": "yes",
        "shows": "act",
        "reasons": "Compared with the street.",
    },
    "api.review.move": {"to": "CRE", "reasons": "Two phone records agree with it."},
    "api.sharing.sign": DECLARED,
    "api.talk.answer": {"question": str(UUID(int=0)), "words": "A las cuatro."},
    "api.talk.ask": {"question": "when"},
    "api.talk.comment": {"words": "Ask once more."},
    "api.review.weigh": {
        "source": str(UUID(int=0)),
        "says": "supports",
        "credibility": "2",
        "reliability": "B",
        "first_hand": "yes",
    },
}


@dataclass(frozen=True)
class Answer:
    endpoint: str
    method: str
    who: str
    whose: str  # own, other, none; "" where the address names nothing
    status: int
    text: str
    headers: Any

    @property
    def place(self) -> tuple[str, str, str, str, int]:
        return self.endpoint, self.method, self.who, self.whose, self.status


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


LATER = {
    "api.coding.agreed",
    "api.coding.differences",
    "api.edits.listed",
    "api.evidence.listed",
    "api.hierarchies.edit",
    "api.interventions.listed",
    "api.newer.differences",
    "api.policies.count",
    "api.policies.shown",
    "api.release.pack",
    "api.series.counts",
    "api.sharing.package",
    "coding.differences",
    "duplicates.pair",
    "quotes.choose",
    "release.preview",
    "series.download",
    "series.show",
}  # once a newer version came in, a sample is coded, a release or package signed, an incident, a policy … chosen
ONWARD = {  # these lead on to another page where there is nothing to show, or to a page of its own for what is begun
    "account.joined",
    "account.me_recovery",
    "account.setup_recovery",
    "account.setup_shares",
    "importers.preview",
    "job.show",
    "making.show",
    "report.new",
    "report.nothing",
}
UNOPENED = {"report.stopped"}  # says what is left to do; it opens no draft, so it is the same for any


# -- the scene


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
        records = dict((*_records(staff), *_tokens(staff), *_made(staff), *_invited(staff)))
    yield Scene(app, staff, records)
    stop(app)


def _records(staff: SimpleNamespace) -> Iterator[tuple[tuple[str, str], UUID]]:
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


def _invited(staff: SimpleNamespace) -> Iterator[tuple[tuple[str, str], UUID]]:
    """Somebody who may be removed in the midst of it."""
    with staff.coordinator.work() as work:
        yield ("colleague", "shared"), members.invite(work, "Carla Inventada", [Role.AUDITOR])[0].id


def _tokens(staff: SimpleNamespace) -> Iterator[tuple[tuple[str, str], UUID]]:
    for who in (*sorted(Role), "second"):
        with getattr(staff, who).work() as work:
            yield ("token", who), tokens.make(work, "A script", ["account:own"]).row.id


def _made(staff: SimpleNamespace) -> Iterator[tuple[tuple[str, str], UUID]]:
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


# -- the matrix


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def named(rule: Rule) -> str | None:
    """What this address names: a kind of record, or nothing."""
    whole = rule.endpoint
    family, short = whole.rpartition(".")[0], whole.removeprefix("api.")
    known = (whole, family, short, short.partition(".")[0])
    return next((NAMES[at, name] for at in known for name in rule.arguments if (at, name) in NAMES), None)


def asked_for(scene: Scene, rule: Rule, who: str) -> list[tuple[str, dict[str, Any]]]:
    """Whose record, and the arguments that name it: none first, one's own last, for it may be gone afterwards."""
    what = named(rule)
    if what is None:
        return [("", {})]
    (argument,) = rule.arguments
    if what == "link":
        return [("none", {argument: "no-such-link"})]
    shared, own = scene.records.get((what, "shared")), scene.records.get((what, who))
    ids = {"none": uuid4(), "other": shared or scene.records[what, "second"], "own": own}
    return [(whose, {argument: id}) for whose, id in ids.items() if id is not None]


@pytest.fixture(scope="module")
def answers(scene: Scene) -> list[Answer]:
    """Every question once. Safe ones first: nothing is gone yet."""
    asked = [(rule, method) for rule in rules(scene.app) for method in methods(rule)]
    asked.sort(key=lambda each: (each[1] in UNSAFE, each[0].endpoint == "api.account.sign_out"))
    return [
        answer
        for rule, method in asked
        for who in (NOBODY, *sorted(Role))
        for answer in _asked(scene, rule, method, who)
    ]


def _asked(scene: Scene, rule: Rule, method: str, who: str) -> Iterator[Answer]:
    for whose, arguments in asked_for(scene, rule, who):
        with scene.app.test_request_context():
            path = scene.app.url_for(rule.endpoint, **arguments)
        body = BODIES.get(rule.endpoint)
        answer = scene.ask(method, path, who, json=body)
        text = answer.text if answer.mimetype.startswith(TEXTS) else ""
        for id in arguments.values():
            text = text.replace(str(id), "ID")
        yield Answer(rule.endpoint, method, who, whose, answer.status_code, text, answer.headers)


def lacking(scene: Scene, answer: Answer) -> bool:
    permission = needed(scene.app, answer.endpoint)
    return isinstance(permission, Permission) and permission not in GRANTS[Role(answer.who)]


def test_every_address_that_names_a_record_has_its_place_in_the_matrix(scene):
    assert [rule.rule for rule in rules(scene.app) if rule.arguments and named(rule) is None] == []
    assert [rule.rule for rule in rules(scene.app) if len(rule.arguments) > 1] == []


def test_no_address_holds_a_name(scene):
    arguments = {argument for rule in rules(scene.app) for argument in rule.arguments}
    assert arguments <= {"id", "token"}


def test_no_answer_is_a_fault(answers):
    assert [answer.place for answer in answers if answer.status >= 500] == []


def test_nobody_gets_in_without_signing_in(scene, answers):
    mine = [
        answer for answer in answers if answer.who == NOBODY and needed(scene.app, answer.endpoint) != PUBLIC
    ]
    assert mine
    assert [answer.place for answer in mine if answer.status != 401] == []


def test_a_role_without_the_permission_is_refused_whatever_it_asks_for(scene, answers):
    refused = [answer for answer in answers if answer.who and lacking(scene, answer)]
    assert {answer.who for answer in refused} == set(Role)
    assert [answer.place for answer in refused if answer.status != 403] == []
    told = {}
    for answer in refused:
        told.setdefault((answer.endpoint, answer.method, answer.who), set()).add(answer.text)
    assert [place for place, texts in told.items() if len(texts) > 1] == []


def test_not_yours_and_not_there_are_the_same_answer(scene, answers):
    private = {rule.endpoint for rule in rules(scene.app) if named(rule) in OWN}
    pairs = {}
    for answer in answers:
        if answer.endpoint in private and answer.whose != "own":
            place = (answer.endpoint, answer.method, answer.who)
            pairs.setdefault(place, set()).add((answer.status, answer.text))
    assert {endpoint for endpoint, _method, _who in pairs} == private
    assert [(place, told) for place, told in pairs.items() if len(told) > 1] == []


RESEARCHER = Role.FIELD_RESEARCHER.value
OURS = {
    "Content-Type",
    "HX-Redirect",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
}


def test_a_field_researcher_never_learns_whether_anothers_record_exists(scene, answers):
    """At every address that names a record, by every method: the same status, the same words, the same headers."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for answer in answers:
        if answer.who == RESEARCHER and answer.whose in ("none", "other"):
            headers = [(name, value) for name, value in answer.headers.items() if name in OURS]
            headers += [
                ("Set-Cookie", said.partition("=")[0]) for said in answer.headers.getlist("Set-Cookie")
            ]
            told.setdefault((answer.endpoint, answer.method), {})[answer.whose] = (
                answer.status,
                answer.text,
                headers,
            )
    every = {
        (rule.endpoint, method)
        for rule in rules(scene.app)
        if named(rule) not in (None, "link")
        for method in methods(rule)
    }
    assert {place for place, both in told.items() if len(both) == 2} == every
    assert [place for place, both in told.items() if len({str(each) for each in both.values()}) > 1] == []
    assert {place[0] for place in every if told[place]["other"][0] not in (403, 404)} <= UNOPENED


def test_nor_by_what_the_program_does_for_it(scene):
    """The same questions to both databases, in the same order: so an answer takes no longer for what is there."""
    mine = [
        (rule, method)
        for rule in rules(scene.app)
        if named(rule) in OWN and needed(scene.app, rule.endpoint) in GRANTS[Role.FIELD_RESEARCHER]
        for method in methods(rule)
    ]
    assert {named(rule) for rule, _method in mine} == {"draft", "sent"}
    differ = []
    for rule, method in mine:
        (argument,) = rule.arguments
        ids = {"none": uuid4(), "other": scene.records[named(rule), "second"]}  # type: ignore[index]
        done: dict[str, list[str]] = {}
        for whose in ("none", "other", "none", "other"):  # once before it counts: whatever is cached, is
            with scene.app.test_request_context():
                path = scene.app.url_for(rule.endpoint, **{argument: ids[whose]})
            with asked_of_databases(scene.app) as done[whose]:
                scene.ask(method, path, RESEARCHER)
        if done["none"] != done["other"]:
            differ.append((rule.endpoint, method, done))
    assert differ == []


@contextmanager
def asked_of_databases(app: Flask) -> Iterator[list[str]]:
    """Every statement to the data and to the keys, without its values."""
    found: list[str] = []

    def said(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    with app.app_context():
        engines = [*db.engines.values(), app.extensions["house"].keystore._engine]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", said)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", said)


def test_what_is_not_there_is_not_found_by_who_may_look(scene, answers):
    records = {rule.endpoint for rule in rules(scene.app) if named(rule) not in (None, "link")} - UNOPENED
    looked = [
        answer
        for answer in answers
        if answer.whose == "none" and answer.method == "GET" and answer.who
        if answer.endpoint in records and not lacking(scene, answer)
    ]
    assert looked
    assert [answer.place for answer in looked if answer.status != 404] == []


def test_what_is_there_is_shown_to_who_may_see_it(scene, answers):
    """A matrix of refusals alone would prove nothing."""
    shown = {
        (answer.endpoint, answer.who)
        for answer in answers
        if answer.method == "GET" and answer.who
        if answer.status == 200 or (answer.status == 303 and answer.endpoint in ONWARD)
    }
    missing = {
        (rule.endpoint, role.value)
        for rule in rules(scene.app)
        if "GET" in methods(rule) and named(rule) != "link" and rule.endpoint not in LATER
        for role in _may(scene, rule)
    } - shown
    assert missing == set()


def _may(scene: Scene, rule: Rule) -> list[Role]:
    """The roles that have the permission; of one's own records, those who have one."""
    permission = needed(scene.app, rule.endpoint)
    return [
        role
        for role in Role
        if permission in (PUBLIC, SIGNED_IN) or permission in GRANTS[role]
        if named(rule) not in OWN or (named(rule), role.value) in scene.records
    ]


def test_every_unsafe_address_refuses_a_request_from_elsewhere(scene):
    for rule in rules(scene.app):
        for method in set(methods(rule)) & UNSAFE:
            arguments = asked_for(scene, rule, "reviewer")[-1][1]
            with scene.app.test_request_context():
                path = scene.app.url_for(rule.endpoint, **arguments)
            for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
                answer = scene.ask(method, path, "reviewer", headers=headers)
                assert answer.status_code == 403, (path, headers)


def test_every_answer_carries_the_headers(scene, answers):
    for answer in answers:
        missing = {name for name, value in gate.HEADERS.items() if answer.headers.get(name) != value}
        assert missing == set(), answer.place
        assert answer.headers["Cache-Control"] == "no-store", answer.place


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/nowhere", "/api/v1/me/", "/static/nowhere.css", "/static/style.css"]
)
def test_what_is_found_nowhere_and_what_is_open_to_all_carry_them_too(scene, path):
    for method in ("GET", "HEAD", "OPTIONS", "POST", "TRACE"):
        answer = scene.ask(method, path, NOBODY)
        assert answer.status_code < 500
        assert {name for name, value in gate.HEADERS.items() if answer.headers.get(name) != value} == set()


@pytest.mark.parametrize("path", ["/api/v1/incidents", "/incidents/"])
def test_a_fault_carries_them_too_and_shows_a_number_only(scene, monkeypatch, path):
    def broken(*_args, **_more):
        raise RuntimeError(make.CANARY_NAME)

    monkeypatch.setattr(search, "listed", broken)
    answer = scene.ask("GET", path, "reviewer")
    assert answer.status_code == 500
    assert make.CANARY_NAME not in answer.text
    assert {name for name, value in gate.HEADERS.items() if answer.headers.get(name) != value} == set()


def test_no_cookie_leaves_without_its_three_marks(answers):
    for answer in answers:
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert {"Secure", "HttpOnly", "SameSite=Strict"} <= {
                part.strip() for part in cookie.split(";")
            }, cookie


# -- a token as one who asks


@pytest.fixture(scope="module")
def by_token(scene: Scene) -> dict[str, str]:
    """Tokens of a coordinator: one that carries all it can, with every key, and one that carries next to nothing."""
    with scene.app.app_context(), scene.staff.second.work() as work:
        whole = [each.value for each in tokens.may_carry(work)]
        every = [each.value for each in Compartment]
        given = {"whole": (whole, every), "narrow": (["account:own"], [])}
        return {name: tokens.make(work, name, *each).secret for name, each in given.items()}


def _told(scene: Scene, secret: str, *, cookie: bool = False) -> Iterator[tuple[Rule, str, Any]]:
    """What each address says to a token that asks for what is not there: nothing is changed by it."""
    for rule in rules(scene.app):
        for method in methods(rule):
            with scene.app.test_request_context():
                path = scene.app.url_for(rule.endpoint, **asked_for(scene, rule, "analyst")[0][1])
            headers = HERE if cookie else {**HERE, "Authorization": f"Bearer {secret}"}
            client = scene.app.test_client()
            if cookie:
                client.set_cookie(gate.COOKIE, secret, secure=True)
            body = {"json": {}} if path.startswith("/api/") and method in UNSAFE else {}
            more = {"headers": headers, "base_url": "https://localhost", "buffered": True, **body}
            yield rule, method, client.open(path, method=method, **more)


def test_a_token_opens_no_page(scene, by_token):
    for cookie in (False, True):
        for rule, method, answer in _told(scene, by_token["whole"], cookie=cookie):
            public = needed(scene.app, rule.endpoint) == PUBLIC
            if not public and (cookie or not rule.rule.startswith("/api/")):
                assert answer.status_code == 401, (rule.rule, method)


def test_a_token_does_what_it_carries_and_nothing_else(scene, by_token):
    """Of each address of the API: refused by the word that says why, or not for want of a permission."""
    refused = {"not-allowed", "not-by-token", "not-in-scope"}
    mine = GRANTS[Role.COORDINATOR]
    for name, secret in by_token.items():
        told = {}
        for rule, method, answer in _told(scene, secret):
            permission = needed(scene.app, rule.endpoint)
            if not rule.rule.startswith("/api/") or not isinstance(permission, Permission):
                continue
            code = (answer.json or {}).get("code") if "json" in answer.mimetype else None
            if permission not in mine:
                right = code == "not-allowed"
            elif permission in NOT_BY_TOKEN:
                right = code == "not-by-token"
            elif name == "narrow" and permission != Permission.ACCOUNT_OWN:
                right = code == "not-in-scope"
            else:
                right = code not in refused or code == "not-by-token"  # a passphrase is asked for further in
            told[rule.endpoint, method] = (right, answer.status_code, code)
        assert len(told) > 80
        assert {place: said for place, said in told.items() if not said[0]} == {}
