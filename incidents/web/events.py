"""What stands in the trail as codes, in words. A test holds that every event the program notes has its words here."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from incidents.web.language import label

EVENTS = {
    "act.first-word": _l("First of two words on an act"),
    "act.moved": _l("Act decided on"),
    "act.source-withdrew": _l("Act lost its source"),
    "act.verified-anew": _l("Act has to be verified anew"),
    "backup.made": _l("Backup made"),
    "basis.confirmed": _l("Basis confirmed by a second person"),
    "basis.ended": _l("Basis ended: somebody objected, or it is over"),
    "basis.set": _l("Basis recorded"),
    "batch.discarded": _l("Unpublished rows of a job discarded"),
    "batch.swept": _l("Unpublished rows of a job swept"),
    "code.made": _l("Words of withdrawal made"),
    "code.tried": _l("Three words typed to withdraw"),
    "coding.closed": _l("Sample of a double coding closed"),
    "coding.done": _l("Report coded unseen"),
    "coding.drawn": _l("Sample drawn for double coding"),
    "coding.kept": _l("Coding kept to go on with"),
    "consent.recorded": _l("Consent recorded"),
    "consent.withdrawn": _l("Consent withdrawn"),
    "contradiction.kept": _l("Contradiction kept on purpose"),
    "contradiction.let-go": _l("Kept contradiction let go of"),
    "draft.dropped": _l("Draft dropped"),
    "draft.saved": _l("Draft saved"),
    "duplicate.decided": _l("Decided about two records that look alike"),
    "erasure.agreed": _l("Erasure agreed to by a second person"),
    "erasure.called-off": _l("Erasure called off"),
    "erasure.decided": _l("Erasure decided"),
    "erasure.proposed": _l("Erasure proposed"),
    "erasure.refused": _l("Erasure refused: its record does not hold"),
    "erasure.shredded": _l("Keys destroyed"),
    "erasure.swept": _l("Erased rows swept"),
    "erasure.taken-up": _l("Erasure taken up again"),
    "escrow.opened": _l("Escrow opened with the shares"),
    "evidence.begun": _l("Evidence announced"),
    "evidence.copy-made": _l("Working copy of evidence made"),
    "evidence.destroyed": _l("Evidence destroyed"),
    "evidence.discarded": _l("Evidence thrown away before it was kept"),
    "evidence.handed-over": _l("Evidence handed over outside the program"),
    "evidence.judged": _l("Evidence judged"),
    "evidence.kept": _l("Evidence kept"),
    "evidence.original-taken": _l("Original of evidence taken in hand"),
    "evidence.people-named": _l("Said who is in a piece of evidence"),
    "evidence.released": _l("Working copy of evidence left in a package"),
    "evidence.viewed": _l("Working copy of evidence looked at"),
    "export.begun": _l("Export of all records begun"),
    "export.done": _l("Export of all records written"),
    "facets.made": _l("Marks for the filters made"),
    "filter.forgotten": _l("Saved filter taken away"),
    "filter.saved": _l("Filter saved"),
    "import.cancelled": _l("Import cancelled"),
    "import.chunk": _l("Rows imported"),
    "import.followed": _l("Changed rows of an import followed"),
    "import.published": _l("Import published to the staff"),
    "incident.assigned": _l("Incident put into a reviewer's hands"),
    "incident.given-back": _l("Incident in nobody's hands any more"),
    "incident.link-undone": _l("Link between incidents taken away"),
    "incident.linked": _l("Incident linked to another"),
    "incident.recorded": _l("Incident recorded"),
    "information.weighed": _l("Weighed what a source says"),
    "instance.founded": _l("Instance set up"),
    "intervention.changed": _l("Intervention: how it stands now"),
    "intervention.recorded": _l("Intervention recorded"),
    "identity.opened-in-bulk": _l("Names opened in bulk"),
    "interview.recorded": _l("Interview recorded in which nothing had happened"),
    "job.cancel-asked": _l("Job asked to end"),
    "job.cancelled": _l("Job cancelled"),
    "job.claimed": _l("Job begun by the server"),
    "job.done": _l("Job done"),
    "job.failed": _l("Job stopped"),
    "job.mandated": _l("Job started, its keys lent"),
    "job.needs-owner": _l("Job waits for its owner"),
    "job.proposed": _l("Job looked at before it starts"),
    "job.refused": _l("Job refused: its record does not hold"),
    "job.waiting": _l("Job waits to go on"),
    "mapping.forgotten": _l("Saved mapping taken away"),
    "mapping.saved": _l("Mapping saved"),
    "member.confirmed": _l("Member confirmed, keys granted"),
    "member.disabled": _l("Member disabled"),
    "member.enabled": _l("Member enabled"),
    "member.invited": _l("Member invited"),
    "member.joined": _l("Member joined"),
    "member.removed": _l("Member removed"),
    "member.renewed": _l("New link for a member"),
    "member.roles": _l("Roles changed"),
    "narratives.searched": _l("Words looked for in all accounts"),
    "old-key.dropped": _l("Old key dropped"),
    "opening.agreed": _l("Opening of a name agreed to"),
    "opening.asked": _l("Opening of a name asked for"),
    "opening.refused": _l("Opening of a name refused"),
    "passphrase.changed": _l("Passphrase changed"),
    "practice.cleared": _l("Practice report cleared"),
    "rearranged": _l("Joined or taken apart"),
    "rearranged.undone": _l("Joined or taken apart, and undone"),
    "record.added": _l("Record added after take-in"),
    "record.altered": _l("Record ended that had been changed outside the program"),
    "record.brought-back": _l("Record brought back"),
    "record.edited": _l("Record edited"),
    "record.restored": _l("Record reads as an earlier version of it again"),
    "record.taken-out": _l("Record taken out"),
    "recovery.refused": _l("Recovery code refused"),
    "refused": _l("Refused"),
    "release.downloaded": _l("Release downloaded"),
    "release.prepared": _l("Release prepared"),
    "release.recalled": _l("Release recalled"),
    "release.signed": _l("Release signed"),
    "removal.finished": _l("Removal of a member finished, new keys made"),
    "report.adopted": _l("Newer version of a report adopted"),
    "report.asked": _l("Sender of a report asked"),
    "report.brought-back": _l("Report brought back"),
    "report.followed": _l("Incident brought up to date from a newer version"),
    "report.kept": _l("Newer version of a report that told what was set aside before"),
    "report.names-opened": _l("Names in a report opened"),
    "report.received": _l("Report received"),
    "report.set-aside": _l("Report set aside"),
    "report.taken-in": _l("Report taken in"),
    "report.waits": _l("Newer version of a report waits for a reviewer"),
    "retention.ended": _l("Rule of keeping ended"),
    "retention.set": _l("Rule of keeping set"),
    "second-factor.off": _l("Second factor turned off"),
    "second-factor.on": _l("Second factor turned on"),
    "series.published": _l("Counts of others loaded"),
    "sharing.downloaded": _l("Package for a recipient downloaded"),
    "sharing.prepared": _l("Package for a recipient prepared"),
    "sharing.recalled": _l("Package for a recipient recalled"),
    "sharing.signed": _l("Package for a recipient signed"),
    "sign-in.refused": _l("Sign-in refused"),
    "signed-in": _l("Signed in"),
    "signed-in.waiting": _l("Signed in, waiting for confirmation"),
    "source.graded": _l("Source graded"),
    "task.done": _l("Task done"),
    "task.dropped": _l("Task dropped"),
    "task.made": _l("Task made"),
    "task.postponed": _l("Task put off"),
    "task.reassigned": _l("Task handed over"),
    "text.closed-off": _l("Nothing more is sealed under the keys of an old text"),
    "text.nothing": _l("Text read: nothing of an erased person is in it"),
    "text.rewritten": _l("Text written anew after an erasure"),
    "text.shredded": _l("Keys of an old text destroyed"),
    "texts.listed": _l("Texts listed that may tell of somebody erased"),
    "trail.verified": _l("Trail verified"),
    "vocabulary.added": _l("Code added to a list"),
    "vocabulary.brought-back": _l("Code offered again"),
    "vocabulary.renamed": _l("Code renamed"),
    "vocabulary.retired": _l("Code retired"),
}
OPENED = {  # sealed columns
    "about": _l("description of an import"),
    "address": _l("address"),
    "birth_date": _l("date of birth"),
    "citation": _l("reference of a source"),
    "choice": _l("what goes to whom"),
    "contact": _l("how to make contact"),
    "content": _l("report as it was told"),
    "decision": _l("decision to erase"),
    "decisions": _l("decisions of consent"),
    "description": _l("description of evidence"),
    "documents": _l("document numbers"),
    "exact_place": _l("exact place"),
    "facts": _l("coded facts"),
    "input": _l("what a job is made from"),
    "manifest": _l("manifest"),
    "name": _l("name"),
    "names": _l("names beside a consent"),
    "narrative": _l("account"),
    "notes": _l("words of a task or an intervention"),
    "other_names": _l("other names"),
    "pack": _l("files of a release"),
    "permits": _l("permits"),
    "phone": _l("phone number"),
    "promised": _l("what is in a package"),
    "reasons": _l("reasons"),
    "recalled_why": _l("reasons"),
    "result": _l("what came of a job"),
    "safe_contact": _l("how somebody may be reached safely"),
    "summary": _l("summary"),
    "words": _l("words beside a decision or in a chain of custody"),
}
RECORDS = {
    "act": _l("act"),
    "basis": _l("basis"),
    "batch": _l("import"),
    "coding": _l("coding of a report"),
    "coding_sample": _l("sample of a double coding"),
    "consent_event": _l("consent"),
    "custody_event": _l("link of a chain of custody"),
    "draft": _l("draft"),
    "duplicate_decision": _l("decision about two records"),
    "edit": _l("edit of a record"),
    "erasure": _l("erasure"),
    "erasure_proposal": _l("erasure that waits"),
    "text_beside": _l("text that may tell of somebody erased"),
    "evidence": _l("evidence"),
    "evidence_person": _l("somebody in a piece of evidence"),
    "incident": _l("incident"),
    "incident_link": _l("link between incidents"),
    "information": _l("information"),
    "intervention": _l("intervention"),
    "interview": _l("interview"),
    "involvement": _l("part in an act"),
    "job": _l("job"),
    "judgment": _l("judgment of evidence"),
    "kept_contradiction": _l("contradiction kept on purpose"),
    "opening": _l("opening of a name"),
    "own_code": _l("code of a list"),
    "perpetrator": _l("perpetrator"),
    "person": _l("person"),
    "presence": _l("place in an incident"),
    "project": _l("project"),
    "rearrangement": _l("what was joined or taken apart"),
    "reference_series": _l("a count that others published"),
    "release": _l("release"),
    "released_row": _l("row of a release"),
    "report": _l("report"),
    "report_link": _l("link of a report"),
    "report_part": _l("part of a report"),
    "retention_rule": _l("rule of keeping"),
    "review": _l("review"),
    "revision": _l("earlier version"),
    "saved": _l("what somebody saved to use again"),
    "shared_person": _l("person in a package"),
    "sharing": _l("package for a recipient"),
    "source": _l("source"),
    "task": _l("task"),
    "user": _l("member"),
    "withdrawal": _l("withdrawal"),
    "withdrawal_code": _l("words of a withdrawal"),
    "working_copy": _l("working copy of evidence"),
}
BREAKS = {
    "a block is missing": _l("a block is missing"),
    "a checkpoint is forged or damaged": _l("a checkpoint is forged or damaged"),
    "a consent before it is missing": _l("a consent before it is missing"),
    "a consent does not follow the one before it": _l("a consent does not follow the one before it"),
    "a note or a digest belongs to no block": _l("a note or a digest belongs to no block"),
    "a note was removed, added or changed": _l("a note was removed, added or changed"),
    "a row is missing": _l("a row is missing"),
    "a row that the program did not write": _l("a row that the program did not write"),
    "a row was changed or moved": _l("a row was changed or moved"),
    "an older row was put back": _l("an older row was put back"),
    "the chain is cut before this block": _l("the chain is cut before this block"),
    "the end of the trail is missing": _l("the end of the trail is missing"),
    "the signature does not hold": _l("the signature does not hold"),
    "the trail is not the one that was signed": _l("the trail is not the one that was signed"),
}
VERDICTS = {"same": _l("the same"), "different": _l("different"), "later": _l("not to be said yet")}
# Of a note's detail: keys and ids, too long to read and of no use to a reader.
UNSAID = frozenset({"digest", "job", "of", "sign", "subject", "until", "worker"})


def in_words(event: str) -> str:
    """An event of the trail as a few words."""
    column = event.removesuffix(".opened")
    if column != event and event not in EVENTS:
        return str(_("Opened: %(what)s", what=OPENED.get(column, column)))
    return str(EVENTS.get(event, event))


def record_in_words(table: str) -> str:
    return str(RECORDS.get(table, table))


def break_in_words(what: str) -> str:
    return str(BREAKS.get(what, what))


def detail_in_words(detail: dict[str, Any]) -> str:
    """The codes and counts of a note."""
    if "of" in detail:
        return str(
            _("%(given)s of %(wanted)s signatures", given=detail.get("signatures"), wanted=detail["of"])
        )
    said = [
        _piece(name, value) for name, value in sorted(detail.items()) if name not in UNSAID and value != []
    ]
    return ", ".join(said)


def _piece(name: str, value: Any) -> str:
    if name in PIECES:
        return str(PIECES[name](value))
    return str(value) if name in PLAIN else f"{name}: {value}"


PLAIN = frozenset({"channel", "code", "kind", "policy", "reason"})  # codes that need no name before them
PIECES: dict[str, Callable[[Any], str]] = {
    "at": lambda place: _("at %(place)s", place=place),
    "breaks": lambda count: ngettext("%(num)s break", "%(num)s breaks", count),
    "count": lambda count: ngettext("%(num)s record", "%(num)s records", count),
    "incidents": lambda count: ngettext("%(num)s incident", "%(num)s incidents", count),
    "people": lambda count: ngettext("%(num)s person", "%(num)s persons", count),
    "purposes": ", ".join,
    "reports": lambda count: ngettext("%(num)s report", "%(num)s reports", count),
    "roles": ", ".join,
    "rows": lambda count: ngettext("%(num)s row", "%(num)s rows", count),
    "to": lambda state: label(state, "verification"),
    "verdict": lambda verdict: VERDICTS.get(verdict, verdict),
    "why": lambda why: _("why: %(why)s", why=why),
}
