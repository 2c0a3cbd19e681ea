"""Every address of the app: what it names, what is sent to it, and whose record it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from werkzeug.routing import Rule

from tests import make
from tests.api.programs import DECLARED
from tests.scene import Scene

TEXTS = (
    "application/json",
    "application/problem+json",
    "text/",
)  # of what else comes, the bytes say nothing here
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


def answered(scene: Scene, rule: Rule, method: str, who: str) -> Iterator[Answer]:
    for whose, arguments in asked_for(scene, rule, who):
        with scene.app.test_request_context():
            path = scene.app.url_for(rule.endpoint, **arguments)
        body = BODIES.get(rule.endpoint)
        answer = scene.ask(method, path, who, json=body)
        text = answer.text if answer.mimetype.startswith(TEXTS) else ""
        for id in arguments.values():
            text = text.replace(str(id), "ID")
        yield Answer(rule.endpoint, method, who, whose, answer.status_code, text, answer.headers)
