"""Every page of the program in one list: where it is found in the scene, and who may see it.

The list is held against the app's own addresses: a new page that is in neither list fails a test. It is walked for
accessibility and size, and for the pictures in docs/pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask import Flask
from werkzeug.routing import Rule

from incidents import agreement, gate, jobs, members, review, search
from incidents.gate import PUBLIC, SIGNED_IN, needed
from incidents.intake import report, series, take_in
from incidents.model.coding import Sample
from incidents.model.vocabulary import Role, Verification, codes
from incidents.release import making, publish
from incidents.safeguards.access import GRANTS
from tests import make
from tests.addresses import OWN, asked_for, methods, named, rules
from tests.api.programs import HERE, sessions_of
from tests.api.test_road import MAPPING, TABLE
from tests.scene import NOBODY, Scene
from tests.test_coding import code
from tests.web import test_series_pages

# As somebody would leaf through them: who comes in, what each does, what leaves, who keeps house.
PAGES = (
    *("account.sign_in", "account.second_factor", "account.sign_in_recovery", "account.join"),
    *("account.joined", "account.setup_recovery", "account.setup_shares"),
    *("home.show", "figures.shown", "guide.listed", "guide.first_day", "guide.states", "guide.interview"),
    *("report.new", "report.draft", "report.nothing", "report.stopped", "report.own", "report.sent"),
    *("report.show", "consent.of_report", "consent.words", "talk.answer", "consent.withdraw"),
    *("inbox.waiting", "inbox.report", "interview.waiting", "interview.counted"),
    *("search.listed", "search.found", "people.ask", "people.found", "opening.listed"),
    *("incident.show", "incident.person", "timeline.shown", "talk.incident", "talk.listed"),
    *("consent.listed", "consent.receipt"),
    *("editing.incident", "editing.act", "editing.person", "editing.involvement", "editing.perpetrator"),
    *("editing.source", "editing.name", "editing.perpetrator_name", "editing.source_reference", "edits.show"),
    *("adding.act", "adding.person", "adding.involvement", "adding.perpetrator"),
    *("arranging.told", "arranging.arrange", "arranging.undo"),
    *("duplicates.show", "duplicates.found", "duplicates.pair"),
    *("evidence.new", "evidence.new_of_report", "evidence.show"),
    *("follow_up.listed", "follow_up.new", "follow_up.show", "follow_up.intervene"),
    *("review.queue", "review.act", "review.workload", "many.look", "many.done", "many.undo"),
    *("coding.listed", "coding.draw", "coding.show", "coding.sheet", "coding.differences"),
    *("redaction.listed", "redaction.new", "redaction.case", "redaction.desk"),
    *("importers.new", "importers.preview", "importers.batch", "export.ask", "job.show"),
    *(
        "release.listed",
        "release.new",
        "release.preview",
        "release.show",
        "release.decisions",
        "release.risk",
    ),
    *("making.show", "signing.show", "wording.typed", "quotes.shelf", "quotes.choose"),
    *("policies.listed", "policies.trees", "hierarchies.edit", "vocabulary.listed"),
    *("series.listed", "series.show", "sharing.listed", "sharing.new", "sharing.show"),
    *("erasures.listed", "texts.listed", "texts.of_one"),
    *("account.me", "account.me_recovery", "tokens.own", "described.show"),
    *("members.listed", "members.new", "members.show", "tokens.everybodys", "trail.blocks"),
)
NO_PAGES = {
    "account.setup": "there once, before anybody is: tests/web/test_walk.py looks at it",
    "evidence.copy": "a file",
    "evidence.have": "asked by a script",
    "home.healthz": "asked by a machine",
    "home.readyz": "asked by a machine",
    "importers.result": "a file",
    "incident.closed": "a piece of incident.person",
    "job.progress": "a piece of job.show",
    "making.progress": "a piece of making.show",
    "saved.download": "a file",
    "search.count": "a piece of search.listed",
    "search.municipalities": "a piece of search.listed",
    "series.download": "a file",
    "signing.progress": "a piece of signing.show",
    "template.codes": "a file",
    "template.table": "a file",
    "template.workbook": "a file",
}


@dataclass(frozen=True)
class Place:
    """A page as one role finds it: "" is nobody."""

    endpoint: str
    who: str
    path: str


@dataclass(frozen=True)
class Walk:
    """The scene, and what of it stands in no record: the names of arguments and their values, by page and role."""

    scene: Scene
    more: dict[tuple[str, str], dict[str, Any]]

    def places(self) -> list[Place]:
        """Every page, as each role that may see it finds it."""
        known = {rule.endpoint: rule for rule in page_rules(self.scene.app)}
        return [
            Place(endpoint, who, self._path(known[endpoint], who))
            for endpoint in PAGES
            for who in self.who(known[endpoint])
        ]

    def who(self, rule: Rule) -> list[str]:
        """The roles; nobody in particular where everybody may."""
        permission = needed(self.scene.app, rule.endpoint)
        if permission == PUBLIC:
            return [NOBODY]
        may = [role.value for role in Role if permission == SIGNED_IN or permission in GRANTS[role]]
        own = {who for what, who in self.scene.records if what == named(rule)}
        mine = {who for endpoint, who in self.more if endpoint == rule.endpoint}
        if mine - {NOBODY}:
            return [who for who in may if who in mine]
        return [who for who in may if named(rule) not in OWN or who in own]

    def _path(self, rule: Rule, who: str) -> str:
        values = self.more.get((rule.endpoint, who)) or self.more.get((rule.endpoint, NOBODY))
        if values is None:
            values = asked_for(self.scene, rule, who)[-1][1]
        with self.scene.app.test_request_context():
            return self.scene.app.url_for(rule.endpoint, **values)


def page_rules(app: Flask) -> list[Rule]:
    """What a browser may ask for without changing anything."""
    return [rule for rule in rules(app) if "GET" in methods(rule) and not rule.rule.startswith("/api/")]


def walk(scene: Scene) -> Walk:
    """The scene with what some pages need beside it."""
    with scene.app.app_context():
        return Walk(scene, dict(more(scene)))


def more(scene: Scene) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    """What waits, what was coded by two, what was counted elsewhere; links of somebody who joins."""
    staff, incident = scene.staff, scene.records["incident", "shared"]
    with staff.coordinator.work() as work:
        _user, link = members.invite(work, "Nora Inventada", [Role.REVIEWER], "es")
    yield ("account.join", NOBODY), {"token": link}
    with staff.reviewer.work() as work:
        series.bring_in(
            work,
            test_series_pages.ROWS.replace("=KID", "KID").encode(),
            "counts.csv",
            series.load(test_series_pages.MAPPING),
        )
    yield ("series.show", NOBODY), {"series": "INV / KID", "of": test_series_pages.OF.isoformat()}
    with staff.reviewer.work() as work:
        lines = search.listed(work).lines
        other = next(line.incident.id for line in lines if line.incident.id != incident)
        acts = [act.id for act, _of in review.queue(work, (Verification.RECEIVED,), 3)]
    yield ("duplicates.pair", NOBODY), {"about": "incident", "one": incident, "other": other}
    yield ("many.look", NOBODY), {"acts": acts, "to": "CRE"}
    yield ("coding.differences", "coordinator"), {"id": _coded_by_two(staff)}
    yield ("quotes.choose", NOBODY), {"policy": "public-table"}
    yield ("release.preview", NOBODY), {"policy": "internal"}
    for who in ("reviewer", "coordinator"):
        yield ("importers.preview", who), {"id": _proposed(scene, who)}
        with getattr(staff, who).work() as work:
            job = jobs.start(work, search.FIND, {}, {"words": "gasolinera"})
        yield ("job.show", who), {"id": job.id}
    with staff.analyst.work() as work:
        job = making.start(work, publish.Wanted("internal", {}))
    yield ("making.show", "analyst"), {"id": job.id}


def _coded_by_two(staff: SimpleNamespace) -> UUID:
    """A sample in which two found something else."""
    with staff.field_researcher.work() as work:
        told = report.send(work, make.report_document(), "page", uuid4()).id
    with staff.second.work() as work:
        take_in.take_in(work, told)
    with staff.coordinator.work() as work:
        ids = [staff.reviewer.id, staff.coordinator.id]
        sample = agreement.draw(work, agreement.Wanted(1, work.today, work.today, ids, agreement.USUAL)).id
    kinds = list(codes("act"))[:2]
    for who, kind in zip((staff.reviewer, staff.coordinator), kinds, strict=True):
        with who.work() as work:
            (sheet,) = agreement.own(work, work.get(Sample, sample))
        code(who, sheet.id, {"acts": [kind], "type": [kind]})
    return sample


def _proposed(scene: Scene, who: str) -> UUID:
    """A file that was looked at, and waits for a decision."""
    client = scene.app.test_client()
    client.set_cookie(gate.COOKIE, sessions_of(getattr(scene.staff, who)).hex(), secure=True)
    given = {"file": (BytesIO(TABLE.encode()), "rows.csv"), "mapping_text": MAPPING}
    answer = client.post("/import/", data=given, headers=HERE, base_url="https://localhost")
    assert answer.status_code == 303, answer.text
    return UUID(urlsplit(answer.headers["Location"]).path.rpartition("/")[2])
