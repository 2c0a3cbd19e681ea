"""A file of other people's rows: previewed, then taken in as one batch that appears at once or not at all.

Each source row becomes a report and, at once, an incident; the importer counts as its
submitter. Rows are known again by a keyed hash of their source key, so that the same
file twice is the same rows once, and a run that was killed goes on where it stopped.
A row that changed is a newer version of its report: once the batch is published, the
incidents that nobody worked on follow, and the others' differences wait in the inbox.
"""

import base64
import gc
import io
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol
from uuid import UUID, uuid5

from sqlalchemy import func, select

from incidents import consent, search, translations
from incidents.errors import NoKey, _
from incidents.intake import following, interviews, mapped, own, recognized, returning
from incidents.intake.gone import KIND as KIND
from incidents.intake.gone import Gone
from incidents.intake.judging import CHANGED as CHANGED
from incidents.intake.judging import GONE as GONE
from incidents.intake.judging import NEW as NEW
from incidents.intake.judging import REFUSED as REFUSED
from incidents.intake.judging import UNCHANGED as UNCHANGED
from incidents.intake.judging import Judged, Line, judged, place_of, source_keys, tongue
from incidents.intake.mapped import SourceRow
from incidents.intake.mapping import Mapping
from incidents.intake.mapping import load as load_mapping
from incidents.intake.report import make
from incidents.intake.take_in import understand
from incidents.model.base import in_bulk, new_id
from incidents.model.incident import Incident
from incidents.model.job import Job
from incidents.model.report import Batch, Report
from incidents.model.vocabulary import Purpose, ReportState
from incidents.undisturbed import undisturbed
from incidents.work import Compartment, Permission, Work

CHUNK = 1000  # rows a commit, which waits for the disk and hashes the job's row anew, with the file in it
AT_ONCE = 50  # incidents that follow in one commit
SHOWN = 20  # rows of a preview
PUBLISHED = (Purpose.RECORD, Purpose.STATISTICS, Purpose.ROWS)  # what a published source is a basis for
FOLLOWS = _("Incident %(reference)s was brought up to date: nobody had worked on it.")
UP_TO_DATE = _("It was brought up to date.")
STAYS = _("Incident %(reference)s stays as it is: what differs was set aside before.")
WAITS = _("%(reference)s waits in the inbox, for a reviewer to adopt or set aside.")
NOT_THERE = _("It was in an earlier file of this source and is not in this one. Nothing was deleted.")


Refusals = list[tuple[UUID, dict[str, Any]]]  # of reports that are here, the rows in which somebody says no


@dataclass(frozen=True)
class Preview:
    """What an import would do; nothing is written."""

    mapping: str
    totals: dict[str, int]
    lines: list[Line]
    documents: list[dict[str, Any]]  # the first few, as they were understood
    encoding: str
    separator: str
    hidden_sheets: tuple[str, ...]
    blank: int
    rows: int  # of the file; the lines also name what is gone from it


class Step(Protocol):
    """What a running job gives; see incidents.jobs."""

    work: Work
    job: Job

    @property
    def input(self) -> Any: ...

    def chunk(self, done: int, total: int) -> None: ...


def packed(data: bytes, filename: str, mapping: str) -> dict[str, str]:
    """The input of an import job; each chunk reads and hashes its row, though it writes no file: it is kept small."""
    small = zlib.compress(data)
    return {"file": base64.b64encode(small).decode(), "filename": filename, "mapping": mapping}


def must(work: Work) -> None:
    """An importer writes into all four compartments, opens what came before, records what consent rests on."""
    for permission in (Permission.IMPORT_DO, Permission.REPORT_TAKE_IN, Permission.CONSENT_RECORD):
        work.actor.must(permission)
    if not all(work.vault.holds(compartment) for compartment in Compartment):
        raise NoKey


def preview(work: Work, data: bytes, filename: str, mapping_text: str) -> Preview:
    """Read the whole file as the import would, and say what would become of each row."""
    must(work)
    if own.is_own(data):
        return _preview_own(work, data)
    mapping = load_mapping(mapping_text)
    reading = mapped.rows(mapping, io.BytesIO(data), filename)
    gone = Gone(work, mapping, None)
    lines: list[Line] = []
    documents: list[dict[str, Any]] = []
    for chunk in _chunks(reading):
        keys = source_keys(work, chunk)
        gone.saw(keys.values())
        for one in judged(work, chunk, keys, None):
            lines.append(one.line)
            if one.document is not None and len(documents) < SHOWN:
                documents.append({"row": place_of(one.row), "document": one.document})
    rows = len(lines)
    lines += _gone(work, gone)
    return Preview(
        mapping.name,
        _totals(lines),
        lines,
        documents,
        reading.encoding,
        reading.separator,
        reading.hidden_sheets,
        reading.blank,
        rows,
    )


def run(step: Step) -> dict[str, Any]:
    """The job: chunk after chunk, then the one flip that shows the batch to everybody; then what follows it."""
    must(step.work)
    given = step.input
    data = zlib.decompress(base64.b64decode(given.pop("file")))
    if own.is_own(data):
        return _run_own(step, data, given["filename"])
    mapping = load_mapping(given["mapping"])
    total = mapped.rows(mapping, io.BytesIO(data), given["filename"]).count()
    batch_id = batch_of(step.job)
    gone = Gone(step.work, mapping, batch_id)
    lines: list[Line] = []
    refusals: Refusals = []
    for chunk in _chunks(mapped.rows(mapping, io.BytesIO(data), given["filename"])):
        _batch(step.work, batch_id)
        with _undisturbed():
            with in_bulk():
                lines += _take(step.work, chunk, batch_id, gone, refusals)
            step.chunk(len(lines), total)
    gone_lines = _gone(step.work, gone)
    _publish(step.work, batch_id, given["filename"], mapping, lines)
    lines = _followed(step, lines)
    _refused(step, refusals, len(lines))
    lines += gone_lines
    return _result(batch_id, mapping.name, lines)


def _result(batch_id: UUID, mapping: str, lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "batch": str(batch_id),
        "mapping": mapping,
        "totals": _totals(lines),
        "lines": [{"row": line.row, "outcome": line.outcome, "reason": line.reason} for line in lines],
    }


# -- an export of one's own


def _preview_own(work: Work, data: bytes) -> Preview:
    """No mapping is needed, and none is read."""
    lines: list[Line] = []
    documents: list[dict[str, Any]] = []
    for chunk in own.chunks(data):
        lines += recognized.judged(work, chunk, frozenset())
        told = [entry for entry in chunk if "document" in entry.value][: SHOWN - len(documents)]
        documents += [{"row": str(entry.number), "document": entry.value["document"]} for entry in told]
    return Preview(own.NAME, _totals(lines), lines, documents, "utf-8", "", (), 0, len(lines))


def _run_own(step: Step, data: bytes, filename: str) -> dict[str, Any]:
    """Chunk after chunk, the marks for the filters once all is there, then the flip."""
    total, bases = own.count(data), own.bases(data)
    batches = own.batches(batch_of(step.job), len(bases))
    lines: list[Line] = []
    for chunk in own.chunks(data):
        for id in batches.of_basis:
            _batch(step.work, id)
        batch = _batch(step.work, batches.main)
        with _undisturbed():
            with in_bulk():
                lines += returning.take(step.work, chunk, batches)
            step.work.note("import.chunk", batch, count=len(chunk))
            step.chunk(len(lines), total)
    _file_own(step, batches, total)
    about = {"filename": filename, "mapping": own.NAME, "rows": total, "source": own.NAME}
    _show(step.work, batches.main, about)
    for id, facts in zip(batches.of_basis, bases, strict=True):
        _show_basis(step.work, id, facts, about)
    return _result(batches.main, own.NAME, lines)


def _file_own(step: Step, batches: own.Batches, total: int) -> None:
    last = UUID(int=0)
    query = select(Incident.id).where(Incident.batch_id.in_(batches.ids)).order_by(Incident.id)
    while ids := list(step.work.db.scalars(query.where(Incident.id > last).limit(AT_ONCE))):
        search.refile(step.work, *ids)
        last = ids[-1]
        step.chunk(total, total)


def _show_basis(work: Work, id: UUID, facts: dict[str, Any], about: dict[str, Any]) -> None:
    """What was published stays apart from what was told in confidence; a second person confirms it here too."""
    rows = work.db.scalar(select(func.count()).select_from(Report).where(Report.batch_id == id)) or 0
    if rows and _show(work, id, about | {"rows": rows}):
        consent.set_basis(work, facts, batch_id=id)


def batches_of(work: Work, job: Job) -> list[UUID]:
    """All that an import of an export is published as, as far as it is there; those of a basis first."""
    known = own.batches(batch_of(job), own.MOST_BASES)
    found = work.db.scalars(select(Batch.id).where(Batch.id.in_(known.of_basis)))
    return [*found, known.main]


def _totals(lines: Iterable[Line]) -> dict[str, int]:
    return dict(sorted(Counter(line.outcome for line in lines).items()))


def _gone(work: Work, gone: Gone) -> list[Line]:
    """Their rows have no number any more: they are named by their reports."""
    said = translations.into(tongue(work))(NOT_THERE)
    return [Line(reference, GONE, said) for reference in gone.listed(work)]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A chunk makes a hundred thousand objects that live until its end: to look for garbage among them finds none."""
    with undisturbed():
        try:
            yield
        finally:
            gc.collect(1)  # what the chunk left behind, and nothing older


def batch_of(job: Job) -> UUID:
    """The batch of an import job: the same in each run, and not the id of the job, whose key it would share."""
    return uuid5(job.id, "batch")


def _batch(work: Work, id: UUID) -> Batch:
    known = work.db.get(Batch, id)
    if known is None:
        known = work.add(Batch(id=id, kind=KIND, recorded_by=work.actor.id, received_on=work.today))
    return known


def _take(
    work: Work, chunk: Sequence[SourceRow], batch_id: UUID, gone: Gone, refusals: Refusals
) -> list[Line]:
    lines = []
    keys = source_keys(work, chunk)
    gone.saw(keys.values())
    for one in judged(work, chunk, keys, batch_id):
        lines.append(one.line)
        if one.known is not None and one.refuses is not None:
            refusals.append((one.known.id, one.refuses))
        if one.document is None or one.line.outcome not in {NEW, CHANGED}:
            continue
        if one.known is None:
            _take_in(work, one, keys, batch_id)
        elif one.version is not None:
            lines[-1] = replace(one.line, report=_new_version(work, one, keys, batch_id).id)
    work.note("import.chunk", work.db.get(Batch, batch_id) or _pending(work, batch_id), count=len(lines))
    return lines


def _pending(work: Work, batch_id: UUID) -> Batch | None:
    return next((row for row in work.pending(Batch) if row.id == batch_id), None)


def _take_in(work: Work, one: Judged, keys: dict[str, bytes], batch_id: UUID) -> None:
    assert one.document is not None  # noqa: S101  a row that is refused is not taken in
    told = make(
        work,
        one.document,
        channel="import",
        client_id=new_id(),
        known={},
        state=ReportState.TAKEN_IN,
        batch_id=batch_id,
        **_marks(work, one, keys),
    )
    if interviews.is_nothing(one.document):
        interviews.keep(work, told.report, one.document)  # kept and counted, and no incident
    else:
        understand(work, told, one.document)


def _new_version(work: Work, one: Judged, keys: dict[str, bytes], batch_id: UUID) -> Report:
    """A row that changed at its source: what becomes of it is decided once the batch is published."""
    assert one.known is not None  # noqa: S101  a change is a change of something
    assert one.version is not None  # noqa: S101  asked before
    told = make(
        work,
        one.version.document,
        channel="import",
        client_id=new_id(),
        known=one.version.ids,
        batch_id=batch_id,
        supersedes=one.known.id,
        edition=one.known.edition + 1,
        **_marks(work, one, keys),
    )
    return told.report


def _marks(work: Work, one: Judged, keys: dict[str, bytes]) -> dict[str, Any]:
    """The row as it came, whatever of it may be kept: so that it is known again when it comes again."""
    return {
        "source_key": keys[one.row.source_key],
        "fingerprint": work.vault.keyed_json("import/fingerprint", one.document),
    }


def _followed(step: Step, lines: list[Line]) -> list[Line]:
    """What becomes of the rows that changed, now that the batch is there for everybody."""
    changed = [line.report for line in lines if line.report is not None]
    fates: dict[UUID, str] = {}
    for start in range(0, len(changed), AT_ONCE):
        step.chunk(len(lines), len(lines))  # the flip, or the ones before
        fates |= {
            id: _fate(step.work, id, *fate)
            for id, fate in following.settle(step.work, changed[start : start + AT_ONCE]).items()
        }
    return [
        replace(line, reason=" ".join(filter(None, [fates[line.report], line.reason])))
        if line.report
        else line
        for line in lines
    ]


def _refused(step: Step, refusals: Refusals, rows: int) -> None:
    """A no takes effect with the batch, also where its row is not kept."""
    for start in range(0, len(refusals), AT_ONCE):
        step.chunk(rows, rows)
        following.refused(step.work, refusals[start : start + AT_ONCE])


def _fate(work: Work, id: UUID, fate: str, why: str) -> str:
    say = translations.into(tongue(work))
    if fate == following.FOLLOWED:
        return say(FOLLOWS) % {"reference": why} if why else say(UP_TO_DATE)
    if fate == following.KEPT:
        return say(STAYS) % {"reference": why}
    waits = say(WAITS) % {"reference": work.get(Report, id).reference}
    reason = following.reason(why)
    return " ".join(filter(None, [reason and say(reason), waits]))


def _chunks(rows: Iterable[SourceRow]) -> Iterator[list[SourceRow]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _publish(work: Work, batch_id: UUID, filename: str, mapping: Mapping, lines: Sequence[Line]) -> None:
    """Flip the one row; what the source was published under waits for a second person."""
    about = {
        "filename": filename,
        "mapping": mapping.name,
        "digest": mapping.digest,
        "rows": len(lines),
        "source": mapping.source.label,
    }
    if _show(work, batch_id, about) and mapping.basis.kind == "published":
        facts = {
            "kind": consent.PUBLISHED,
            "citation": mapping.basis.citation,
            "licence": mapping.basis.licence,
            "source_date": mapping.basis.date,
            "purposes": [purpose.value for purpose in PUBLISHED],
        }
        consent.set_basis(work, facts, batch_id=batch_id)


def _show(work: Work, batch_id: UUID, about: dict[str, Any]) -> bool:
    """The flip. False: an earlier run of the same import came so far."""
    batch = work.db.get(Batch, batch_id) or _pending(work, batch_id) or _batch(work, batch_id)
    if batch.published:
        return False
    batch.published = True
    work.seal(batch, about=about)
    work.note("import.published", batch, count=about["rows"])
    return True
