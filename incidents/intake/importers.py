"""A file of other people's rows: previewed, then taken in as one batch that appears at once or not at all.

Each source row becomes a report and, at once, an incident; the importer counts as its
submitter. Rows are known again by a keyed hash of their source key, so that the same
file twice is the same rows once, and a run that was killed goes on where it stopped.
"""

import base64
import gc
import io
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol
from uuid import UUID, uuid4, uuid5

from sqlalchemy import select

from incidents import consent
from incidents.errors import InvalidInput, NoKey, _
from incidents.intake import mapped, schema
from incidents.intake.mapped import SourceRow
from incidents.intake.mapping import Mapping
from incidents.intake.mapping import load as load_mapping
from incidents.intake.report import make, must_be_kept
from incidents.intake.take_in import understand
from incidents.model.job import Job
from incidents.model.report import Batch, Report
from incidents.model.vocabulary import Purpose, ReportState
from incidents.work import Compartment, Permission, Work

KIND = "import"
NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"
CHUNK = 500  # rows a commit
SHOWN = 20  # rows of a preview
PUBLISHED = (Purpose.RECORD, Purpose.STATISTICS, Purpose.ROWS)  # what a published source is a basis for
UNDER_WAY = _(
    "Another import holds this row and is not finished. Wait for it, or cancel it, and import again."
)
ROW_INVALID = _("The row does not hold together: %(fields)s.")


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one source row, and why."""

    row: str
    outcome: str
    reason: str = ""


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


class Step(Protocol):
    """What a running job gives; see incidents.jobs."""

    work: Work
    job: Job

    @property
    def input(self) -> Any: ...

    def chunk(self, done: int, total: int) -> None: ...


def packed(data: bytes, filename: str, mapping: str) -> dict[str, str]:
    """The input of an import job; its row is read and hashed at each chunk, so the file in it is kept small."""
    small = zlib.compress(data)
    return {"file": base64.b64encode(small).decode(), "filename": filename, "mapping": mapping}


def must(work: Work) -> None:
    """An importer opens nothing, but writes into all four compartments."""
    work.actor.must(Permission.IMPORT_DO)
    if not all(work.vault.holds(compartment) for compartment in Compartment):
        raise NoKey


def preview(work: Work, data: bytes, filename: str, mapping_text: str) -> Preview:
    """Read the whole file as the import would, and say what would become of each row."""
    must(work)
    mapping = load_mapping(mapping_text)
    reading = mapped.rows(mapping, io.BytesIO(data), filename)
    lines: list[Line] = []
    documents: list[dict[str, Any]] = []
    for chunk in _chunks(reading):
        for row, document, outcome, _known in _judged(work, chunk, None):
            lines.append(outcome)
            if document is not None and len(documents) < SHOWN:
                documents.append({"row": _place(row), "document": document})
    totals = dict(sorted(Counter(line.outcome for line in lines).items()))
    return Preview(
        mapping.name,
        totals,
        lines,
        documents,
        reading.encoding,
        reading.separator,
        reading.hidden_sheets,
        reading.blank,
    )


def run(step: Step) -> dict[str, Any]:
    """The job: chunk after chunk, then the one flip that shows the batch to everybody."""
    must(step.work)
    given = step.input
    mapping = load_mapping(given["mapping"])
    data = zlib.decompress(base64.b64decode(given.pop("file")))
    total = mapped.rows(mapping, io.BytesIO(data), given["filename"]).count()
    batch_id = batch_of(step.job)
    lines: list[Line] = []
    for chunk in _chunks(mapped.rows(mapping, io.BytesIO(data), given["filename"])):
        with _undisturbed():
            _batch(step.work, batch_id)
            step.work.let_go()
            lines += _take(step.work, chunk, batch_id)
            step.chunk(len(lines), total)
    _publish(step.work, batch_id, given["filename"], mapping, lines)
    return {
        "batch": str(batch_id),
        "mapping": mapping.name,
        "totals": dict(sorted(Counter(line.outcome for line in lines).items())),
        "lines": [{"row": line.row, "outcome": line.outcome, "reason": line.reason} for line in lines],
    }


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A chunk makes a hundred thousand objects that live until its end: to look for garbage among them finds none."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(1)  # what the chunk left behind, and nothing older
        if looked:
            gc.enable()


def batch_of(job: Job) -> UUID:
    """The batch of an import job: the same in each run, and not the id of the job, whose key it would share."""
    return uuid5(job.id, "batch")


def _batch(work: Work, id: UUID) -> Batch:
    known = work.db.get(Batch, id)
    if known is None:
        known = work.add(Batch(id=id, kind=KIND, recorded_by=work.actor.id, received_on=work.today))
    return known


def _take(work: Work, chunk: Sequence[SourceRow], batch_id: UUID) -> list[Line]:
    lines = []
    for row, document, line, known in _judged(work, chunk, batch_id):
        lines.append(line)
        mine = known is not None and known.batch_id == batch_id
        if document is None or mine or line.outcome == UNCHANGED:
            continue
        if line.outcome == NEW:
            _take_in(work, row, document, batch_id)
        else:
            _new_version(work, row, document, batch_id, known)
    work.note("import.chunk", work.db.get(Batch, batch_id) or _pending(work, batch_id), count=len(lines))
    return lines


def _pending(work: Work, batch_id: UUID) -> Batch | None:
    return next((row for row in work.pending(Batch) if row.id == batch_id), None)


def _take_in(work: Work, row: SourceRow, document: dict[str, Any], batch_id: UUID) -> None:
    told = make(
        work,
        document,
        channel="import",
        client_id=uuid4(),
        state=ReportState.TAKEN_IN,
        batch_id=batch_id,
        **_marks(work, row, document),
    )
    understand(work, told, document)


def _new_version(
    work: Work, row: SourceRow, document: dict[str, Any], batch_id: UUID, known: Report | None
) -> None:
    """A row that changed at its source waits as a new version of its report; the incident stays as it is."""
    assert known is not None  # noqa: S101  a change is a change of something
    make(
        work,
        document,
        channel="import",
        client_id=uuid4(),
        batch_id=batch_id,
        supersedes=known.id,
        edition=known.edition + 1,
        **_marks(work, row, document),
    )


def _marks(work: Work, row: SourceRow, document: dict[str, Any]) -> dict[str, bytes]:
    return {
        "source_key": work.vault.keyed("import/source-key", row.source_key),
        "fingerprint": work.vault.keyed_json("import/fingerprint", document),
    }


def _judged(
    work: Work, chunk: Sequence[SourceRow], batch_id: UUID | None
) -> Iterator[tuple[SourceRow, dict[str, Any] | None, Line, Report | None]]:
    """Each row with its document, what becomes of it, and the report that is already there."""
    keys = {
        row.source_key: work.vault.keyed("import/source-key", row.source_key)
        for row in chunk
        if row.source_key
    }
    newest = _known(work, keys.values())
    elsewhere = _unpublished(work, newest.values()) - {batch_id}
    for row in chunk:
        document, reasons = _document(row)
        known = newest.get(keys.get(row.source_key, b""))
        if document is None:
            yield row, None, Line(_place(row), REFUSED, reasons), known
        elif known is None:
            yield row, document, Line(_place(row), NEW), None
        elif known.batch_id in elsewhere:
            yield row, None, Line(_place(row), REFUSED, UNDER_WAY), known
        elif known.batch_id == batch_id and batch_id is not None:
            yield row, document, Line(_place(row), NEW if known.edition == 1 else CHANGED), known
        elif known.fingerprint == work.vault.keyed_json("import/fingerprint", document):
            yield row, document, Line(_place(row), UNCHANGED, f"{known.reference}"), known
        else:
            yield row, document, Line(_place(row), CHANGED, f"{known.reference}"), known


def _known(work: Work, keys: Iterable[bytes]) -> dict[bytes, Report]:
    """The newest edition of each report with one of these keys."""
    rows = work.db.scalars(select(Report).where(Report.source_key.in_(list(keys))).order_by(Report.edition))
    return {row.source_key: row for row in rows if row.source_key}


def _unpublished(work: Work, reports: Iterable[Report]) -> set[UUID | None]:
    """Batches of these reports that are not published: of imports that are under way, or were cut."""
    ids = {report.batch_id for report in reports if report.batch_id}
    return set(work.db.scalars(select(Batch.id).where(Batch.id.in_(ids), Batch.published.is_(False))))


def _document(row: SourceRow) -> tuple[dict[str, Any] | None, str]:
    """The row's document as the schema takes it, or the reasons in words."""
    if row.document is None:
        return None, " ".join(problem.said() for problem in row.problems)
    try:
        document = schema.load(row.document)
        must_be_kept(document)
    except InvalidInput as problem:
        fields = "; ".join(f"{path}: {' '.join(said)}" for path, said in problem.fields.items())
        return None, ROW_INVALID % {"fields": fields}
    return document, ""


def _place(row: SourceRow) -> str:
    return f"{row.sheet} {row.number}".strip()


def _chunks(rows: Iterable[SourceRow]) -> Iterator[list[SourceRow]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _publish(work: Work, batch_id: UUID, filename: str, mapping: Mapping, lines: Sequence[Line]) -> None:
    """Flip the one row; what the source was published under waits for a second person."""
    batch = work.db.get(Batch, batch_id) or _pending(work, batch_id) or _batch(work, batch_id)
    if batch.published:
        return
    batch.published = True
    work.seal(
        batch,
        about={"filename": filename, "mapping": mapping.name, "digest": mapping.digest, "rows": len(lines)},
    )
    if mapping.basis.kind == "published":
        facts = {
            "kind": consent.PUBLISHED,
            "citation": mapping.basis.citation,
            "licence": mapping.basis.licence,
            "source_date": mapping.basis.date,
            "purposes": [purpose.value for purpose in PUBLISHED],
        }
        consent.set_basis(work, facts, batch_id=batch_id)
    work.note("import.published", batch, count=len(lines))
