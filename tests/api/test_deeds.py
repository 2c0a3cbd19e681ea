"""What a page can do, a program can: each address of the pages beside those of the API, or why there is none."""

import re
from pathlib import Path

from incidents.gate import needed
from tests.test_matrix import rules

DOC = Path(__file__).resolve().parents[2] / "docs" / "api.md"

# Page → the addresses of the API that do and show the same.
SAME: dict[str, tuple[str, ...]] = {
    "account.sign_in": ("account.sign_in",),
    "account.second_factor": ("account.sign_in", "account.confirm"),
    "account.sign_out": ("account.sign_out",),
    "adding.act": ("adding.act",),
    "adding.involvement": ("adding.involvement",),
    "adding.perpetrator": ("adding.perpetrator",),
    "adding.person": ("adding.person",),
    "arranging.arrange": (
        "arranging.listed",
        "arranging.merge",
        "arranging.relate",
        "arranging.same_person",
        "arranging.split",
        "arranging.unlink",
        "arranging.unrelate",
    ),
    "arranging.told": ("arranging.told",),
    "arranging.undo": ("arranging.undo",),
    "coding.close": ("coding.close",),
    "coding.differences": ("coding.differences",),
    "coding.draw": ("coding.draw",),
    "coding.listed": ("coding.listed",),
    "coding.sheet": ("coding.sheet", "coding.code"),
    "coding.show": ("coding.agreed", "coding.sheets"),
    "coding.show": ("coding.agreed",),
    "consent.listed": ("consent.again", "consent.later", "consent.withdrawn"),
    "consent.of_report": ("consent.of_report",),
    "consent.ran_out": ("consent.ran_out",),
    "consent.receipt": ("consent.receipt",),
    "consent.words": ("consent.words", "consent.taken"),
    "described.show": ("document.show",),
    "duplicates.found": ("duplicates.found",),
    "duplicates.look": ("duplicates.look",),
    "duplicates.pair": ("duplicates.decide", "inbox.names", "incident.show"),
    "duplicates.show": ("duplicates.look",),
    "duplicates.sweep": ("duplicates.look",),
    "editing.act": (
        "editing.show",
        "editing.edit",
        "editing.restore",
        "editing.take_out",
        "editing.bring_back",
    ),
    "editing.incident": ("editing.show", "editing.edit", "editing.restore"),
    "editing.involvement": ("editing.show", "editing.edit", "editing.take_out", "editing.bring_back"),
    "editing.name": ("naming.correct", "naming.open_name"),
    "editing.perpetrator": ("editing.show", "editing.edit", "editing.take_out", "editing.bring_back"),
    "editing.perpetrator_name": ("naming.correct", "naming.open_name"),
    "editing.person": ("editing.show", "editing.edit", "editing.restore"),
    "editing.source": ("editing.show", "editing.edit", "editing.take_out", "editing.bring_back"),
        "erasures.agree",
        "erasures.call_off",
        "erasures.carry_out",
        "erasures.end_rule",
        "erasures.listed",
        "erasures.look",
        "erasures.rules",
        "erasures.set_rule",
    "editing.source_reference": ("naming.correct", "naming.open_name"),
    "edits.show": ("edits.show", "edits.open_names", "editing.restore", "editing.bring_back"),
    "erasures.listed": (
    ),
    "evidence.copy": ("evidence.copy",),
    "evidence.have": ("evidence.have",),
    "evidence.new": ("evidence.begin", "evidence.finish", "evidence.discard"),
    "evidence.new_of_report": ("evidence.begin", "evidence.finish", "evidence.discard"),
    "evidence.original": ("evidence.original",),
    "evidence.segments": ("evidence.send",),
    "evidence.show": (
        "evidence.show",
        "evidence.finish",
        "evidence.discard",
        "evidence.add_copy",
        "evidence.name_people",
        "evidence.hand_over",
        "evidence.erase",
    ),
    "export.ask": ("export.write",),
    "export.write": ("export.write",),
    "figures.freeze": ("figures.freeze",),
    "figures.shown": ("figures.shown",),
    "follow_up.intervene": ("interventions.listed", "interventions.intervene"),
    "follow_up.intervention": ("interventions.stands",),
    "follow_up.listed": ("follow_up.listed",),
    "follow_up.new": ("follow_up.make",),
    "follow_up.phone": ("follow_up.phone",),
    "follow_up.show": ("follow_up.close",),
    "hierarchies.change": ("hierarchies.change", "hierarchies.keep"),
    "hierarchies.edit": ("hierarchies.edit",),
    "importers.batch": ("batches.listed", "batches.show", "batches.confirm", "batches.credible"),
    "importers.new": ("importers.preview", "importers.start", "mappings.listed", "mappings.save"),
    "importers.preview": ("importers.preview", "importers.start"),
    "importers.result": ("importers.result",),
    "inbox.report": (
        "inbox.show",
        "inbox.names",
        "inbox.check",
        "inbox.take",
        "inbox.adopt",
        "inbox.set_aside",
        "inbox.bring_back",
        "newer.differences",
        "newer.choose",
        "talk.ask",
    ),
    "inbox.waiting": ("inbox.waiting",),
    "incident.identity": ("persons.identity",),
    "incident.person": (
        "persons.show",
        "persons.propose_basis",
        "persons.confirm_basis",
        "persons.end_basis",
        "persons.erase",
        "persons.ask_to_erase",
        "consent.decide",
        "consent.withdraw",
    ),
    "incident.show": ("incident.show", "evidence.listed", "talk.assign"),
    "interview.counted": ("interview.count",),
    "interview.record": ("interview.record",),
    "interview.waiting": ("interview.waiting", "interview.record_all"),
    "job.cancel": ("job.cancel",),
    "job.progress": ("job.show",),
    "job.show": ("job.show", "job.listed"),
    "making.progress": ("release.made",),
    "making.show": ("release.made",),
    "many.done": ("many.done",),
    "many.look": ("many.look",),
    "many.move": ("many.move",),
    "many.undo": ("many.look_back", "many.take_back"),
    "members.listed": ("members.listed",),
    "members.new": ("members.invite",),
    "members.show": (
        "members.show",
        "members.confirm",
        "members.disable",
        "members.enable",
        "members.remove",
        "members.renew",
        "members.set_roles",
    ),
    "opening.answer": ("openings.answer",),
    "opening.listed": ("openings.listed",),
    "people.ask": ("people.look",),
    "people.found": ("people.found",),
    "people.look": ("people.look",),
    "policies.listed": ("policies.listed", "policies.shown", "policies.count"),
    "policies.trees": ("hierarchies.every",),
    "quotes.choose": ("quotes.listed", "release.prepare"),
    "quotes.shelf": ("quotes.listed",),
    "redaction.case": ("redaction.subjects", "redaction.begin_case"),
    "redaction.desk": (
        "redaction.show",
        "redaction.decide",
        "redaction.rewrite",
        "redaction.leave",
        "redaction.say",
        "redaction.draw",
        "redaction.sign",
        "redaction.recall",
    ),
    "redaction.listed": ("redaction.listed",),
    "redaction.new": ("redaction.offered", "redaction.begin"),
    "release.correction": ("release.correct",),
    "release.decisions": ("release.decided",),
    "release.discard": ("release.discard",),
    "release.download": ("release.pack",),
    "release.listed": ("release.listed",),
    "release.new": ("release.prepare", "release.start"),
    "release.preview": ("release.preview", "release.prepare"),
    "release.recall": ("release.recall",),
    "release.risk": ("release.risk",),
    "release.show": ("release.show",),
    "release.sign": ("release.sign",),
    "report.clear": ("report.clear",),
    "report.new": ("report.send",),
    "report.nothing": ("report.send",),
    "report.own": ("report.own",),
    "report.sent": ("report.show",),
    "report.show": ("report.show",),
    "review.act": (
        "review.grounds",
        "review.weigh",
        "review.judge",
        "review.move",
        "talk.comment",
        "talk.ask",
    ),
    "review.queue": ("review.queue", "talk.assign"),
    "review.workload": ("workload.shown",),
    "saved.download": ("mappings.show",),
    "saved.forget": ("mappings.forget",),
    "search.count": ("incident.listed",),
    "search.find": ("words.look",),
    "search.found": ("words.found",),
    "search.index": ("incident.index",),
    "search.listed": ("incident.listed",),
    "series.download": ("series.counts",),
    "series.listed": ("series.listed",),
    "series.show": ("series.counts",),
    "sharing.download": ("sharing.package",),
    "sharing.listed": ("sharing.listed",),
    "sharing.new": ("sharing.weigh", "sharing.prepare"),
    "sharing.recall": ("sharing.recall",),
    "sharing.show": ("sharing.show",),
    "sharing.sign": ("sharing.sign",),
    "signing.progress": ("release.signature",),
    "signing.show": ("release.signature",),
    "talk.answer": ("talk.of_report", "talk.answer"),
    "talk.incident": ("talk.incident", "talk.comment"),
    "talk.listed": ("talk.waiting", "talk.mentions"),
    "talk.settle": ("talk.settle",),
    "texts.listed": ("texts.listed",),
    "texts.of_one": ("texts.of_one", "texts.nothing", "texts.rewrite", "texts.seal_again"),
    "there.open_names": ("naming.who_was_there",),
    "timeline.shown": ("incident.show",),
    "tokens.everybodys": ("tokens.listed", "tokens.end"),
    "tokens.own": ("tokens.listed", "tokens.make", "tokens.end"),
    "trail.blocks": ("trail.blocks",),
    "trail.verify": ("trail.verify",),
    "vocabulary.change": (
        "vocabulary.add",
        "vocabulary.bring_back",
        "vocabulary.rename",
        "vocabulary.retire",
    ),
    "vocabulary.listed": ("vocabulary.every",),
    "wording.typed": ("release.prepare",),
}

BROWSER = "a browser's own: how a page is shown, left, typed on or gone on with; it changes no record"
ACCOUNT = "somebody's own way in, in person: a passphrase, a second factor, a recovery code, an invitation"
GUIDE = "text for people; the docs have the same"
OUTSIDE = "for whoever has no account, or for what watches the server"
EXEMPT: dict[str, str] = {
    "account.join": ACCOUNT,
    "account.joined": ACCOUNT,
    "account.language": BROWSER,
    "account.leave": BROWSER,
    "account.me": ACCOUNT,
    "account.me_recovery": ACCOUNT,
    "account.setup": ACCOUNT,
    "account.setup_recovery": ACCOUNT,
    "account.setup_shares": ACCOUNT,
    "account.sign_in_recovery": ACCOUNT,
    "consent.withdraw": OUTSIDE,
    "guide.first_day": GUIDE,
    "guide.interview": GUIDE,
    "guide.listed": GUIDE,
    "guide.states": GUIDE,
    "home.healthz": OUTSIDE,
    "home.readyz": OUTSIDE,
    "home.show": "what waits, counted from the lists that are there",
    "incident.closed": BROWSER,
    "report.autosave": BROWSER,
    "report.discard": BROWSER,
    "report.draft": BROWSER,
    "report.municipalities": BROWSER,
    "report.stopped": BROWSER,
    "report.words": BROWSER,
    "search.forget": BROWSER,
    "search.municipalities": BROWSER,
    "search.save": BROWSER,
    "talk.kept": BROWSER,
    "template.codes": "a sheet to fill in by hand; a program sends documents",
    "template.table": "as above",
    "template.workbook": "as above",
}

# What a page does, and the API not yet: owed, and said so in docs/api.md. Nothing is added to it.
OWED = {
}
SAID = "Not yet here, and on pages alone:"
PART = {  # the page asks for less than one deed on it, or each way in its own
    "described.show",
    "duplicates.found",
    "duplicates.pair",
    "duplicates.show",
    "incident.show",
    "members.show",
    "quotes.choose",
    "account.second_factor",
    "review.queue",
    "talk.listed",
    "importers.preview",
    "importers.new",
    "tokens.everybodys",
    "report.sent",
    "account.sign_in",
    "account.sign_out",
    "sharing.new",
    "policies.listed",  # a count asks for what who prepares may
}


def pages(app):
    return {rule.endpoint for rule in rules(app) if not rule.rule.startswith("/api/")}


def test_every_page_has_its_place_beside_the_api(app):
    groups = (set(SAME), set(EXEMPT), OWED)
    assert pages(app) - set.union(*groups) == set()
    assert set.union(*groups) - pages(app) == set()
    assert sum(map(len, groups)) == len(set.union(*groups))


def test_what_a_page_names_is_an_address_of_the_api_that_asks_for_the_same(app):
    there = {rule.endpoint for rule in rules(app)}
    named = {f"api.{each}" for addresses in SAME.values() for each in addresses}
    assert named - there == set()
    differ = {
        page: (needed(app, page), needed(app, f"api.{each}"))
        for page, addresses in SAME.items()
        if page not in PART
        for each in addresses
        if needed(app, page) != needed(app, f"api.{each}")
    }
    assert differ == {}


def test_what_is_owed_is_said_in_the_docs():
    text = DOC.read_text("utf-8")
    said = text[text.index(SAID) :].partition("\n\n")[0]
    named = set(re.findall(r"`([a-z_]+)`", said))
    assert named == {each.partition(".")[0] for each in OWED}
