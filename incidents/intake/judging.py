"""What would become of each row of a file: asked by the preview and by the import alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from incidents import translations
from incidents.errors import InvalidInput, _
from incidents.intake import following, schema, template
from incidents.intake.following import ErasedHere, Version
from incidents.intake.mapped import SourceRow
from incidents.intake.report import WAITING, must_be_kept, says_no
from incidents.model.account import User
from incidents.model.report import Batch, Report
from incidents.model.vocabulary import ReportState
from incidents.translations import Say
from incidents.work import Work

NEW, CHANGED, UNCHANGED, REFUSED, GONE = "new", "changed", "unchanged", "refused", "gone"
UNDER_WAY = _(
    "Another import holds this row and is not finished. Wait for it, or cancel it, and import again."
)
ROW_INVALID = _("This row cannot be kept as it stands. %(fields)s")
SAID_NO = _("Somebody in this row does not want a record to be kept. Nothing of the row comes in.")
STILL_HERE = _(
    "An earlier version of this row is here as %(reference)s. What it tells of them is used for nothing any more; "
    "withdraw or erase it there."
)
ENTRIES = {
    "acts": _("Act %(number)s"),
    "persons": _("Person %(number)s"),
    "involvements": _("Part in the act %(number)s"),
    "perpetrators": _("Alleged perpetrator %(number)s"),
    "sources": _("Source %(number)s"),
}
LEFT_OUT = _("Left out, because they were erased here: %(count)s.")
AS_THEY_WERE = _("Not brought up to date, because they do not want to be kept any more: %(count)s.")
STILL_WAITS = _("%(reference)s: this version waits for a reviewer.")
ERASED = _("%(reference)s: it was erased here and does not come back.")


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one source row, and why; of a row that changed, the newer version of its report."""

    row: str
    outcome: str
    reason: str = ""
    report: UUID | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A row: the document it makes, unless it is refused; the report that is there; what may be kept of a newer one."""

    row: SourceRow
    line: Line
    document: dict[str, Any] | None = None
    known: Report | None = None
    version: Version | None = None
    refuses: dict[str, Any] | None = None  # what is not kept, because somebody who is here says no in it


def source_keys(work: Work, chunk: Iterable[SourceRow]) -> dict[str, bytes]:
    """The keys of these rows, and of the rows of which they are edits, with the hash by which each is known again."""
    return {
        key: work.vault.keyed("import/source-key", key)
        for row in chunk
        for key in (row.source_key, row.earlier_key)
        if key
    }


def tongue(work: Work) -> str:
    """The language of whoever asks: in it the reasons are written, and nobody else reads them."""
    user = work.db.get(User, work.actor.id)
    return user.language if user is not None else ""


def judged(
    work: Work, chunk: Sequence[SourceRow], keys: dict[str, bytes], batch_id: UUID | None
) -> list[Judged]:
    """Each row of a chunk. `batch_id` is the import that asks: what it brought in an earlier run is still new."""
    newest = _known(work, keys.values())
    elsewhere = _unpublished(work, newest.values()) - {batch_id}
    language = tongue(work)
    found = []
    for row in chunk:
        known = newest.get(keys.get(row.source_key, b"")) or newest.get(keys.get(row.earlier_key, b""))
        found.append(_judged(work, row, known, elsewhere, batch_id, language))
    return _as_versions(work, found, batch_id, translations.into(language))


def _judged(
    work: Work,
    row: SourceRow,
    known: Report | None,
    elsewhere: set[UUID | None],
    batch_id: UUID | None,
    language: str,
) -> Judged:
    say = translations.into(language)
    document, reasons = _document(row, known, language)
    place, notes = place_of(row), " ".join(note.said(say) for note in row.notes)
    if document is None:
        return Judged(
            row, Line(place, REFUSED, reasons), known=known, refuses=_refuses(row, known, elsewhere)
        )
    if known is None:
        return Judged(row, Line(place, NEW, notes), document)
    if known.batch_id in elsewhere:
        return Judged(row, Line(place, REFUSED, say(UNDER_WAY)), known=known)
    if known.batch_id == batch_id and batch_id is not None:
        again = known.edition > 1
        line = Line(place, CHANGED if again else NEW, notes, known.id if again else None)
        return Judged(row, line, document, known)
    if known.fingerprint == work.vault.keyed_json("import/fingerprint", document):
        return Judged(row, Line(place, UNCHANGED, _as_it_is(known, say)), document, known)
    return Judged(row, Line(place, CHANGED, notes), document, known)


def _refuses(row: SourceRow, known: Report | None, elsewhere: set[UUID | None]) -> dict[str, Any] | None:
    if (
        known is None
        or row.document is None
        or known.batch_id in elsewhere
        or known.state == ReportState.ERASED
    ):
        return None
    try:
        document = schema.load(row.document)
    except InvalidInput:
        return None
    return document if any(map(says_no, document.get("persons", []))) else None


def _as_it_is(known: Report, say: Say) -> str:
    if known.state == ReportState.ERASED:
        return say(ERASED) % {"reference": known.reference}
    if known.supersedes is not None and known.state in WAITING:
        return say(STILL_WAITS) % {"reference": known.reference}
    return known.reference


def _as_versions(work: Work, found: list[Judged], batch_id: UUID | None, say: Say) -> list[Judged]:
    """What may be kept of the rows that changed."""
    changed = [
        (place, each.known, each.document)
        for place, each in enumerate(found)
        if each.line.outcome == CHANGED and each.known and each.document and each.known.batch_id != batch_id
    ]
    made = following.versions(work, [(known, document) for _place, known, document in changed])
    for (place, _known_report, _document_of), version in zip(changed, made, strict=True):
        one = found[place]
        if isinstance(version, ErasedHere):
            refused = replace(one.line, outcome=REFUSED, reason=version.said(say))
            found[place] = replace(one, line=refused, document=None)
        else:
            said = [one.line.reason] if one.line.reason else []
            said += [say(LEFT_OUT) % {"count": version.left_out}] if version.left_out else []
            said += [say(AS_THEY_WERE) % {"count": version.kept_as_was}] if version.kept_as_was else []
            found[place] = replace(one, line=replace(one.line, reason=" ".join(said)), version=version)
    return found


def _known(work: Work, keys: Iterable[bytes]) -> dict[bytes, Report]:
    """The newest edition of each report with one of these keys."""
    rows = work.db.scalars(select(Report).where(Report.source_key.in_(list(keys))).order_by(Report.edition))
    return {row.source_key: row for row in rows if row.source_key}


def _unpublished(work: Work, reports: Iterable[Report]) -> set[UUID | None]:
    """Batches of these reports that are not published: of imports that are under way, or were cut."""
    ids = {report.batch_id for report in reports if report.batch_id}
    return set(work.db.scalars(select(Batch.id).where(Batch.id.in_(ids), Batch.published.is_(False))))


def _document(row: SourceRow, known: Report | None, language: str) -> tuple[dict[str, Any] | None, str]:
    """The row's document as the schema takes it, or the reasons in words."""
    say = translations.into(language)
    if row.document is None:
        return None, " ".join(problem.said(say) for problem in row.problems)
    try:
        document = schema.load(row.document)
        must_be_kept(document)
    except InvalidInput as problem:
        refuses = any(path.endswith(".consent.decisions.REC") for path in problem.fields)
        more = f" {say(STILL_HERE) % {'reference': known.reference}}" if refuses and known else ""
        return None, (say(SAID_NO) if refuses else in_words(problem, language)) + more
    return document, ""


def in_words(problem: InvalidInput, language: str) -> str:
    """What is wrong in a row, field by field, in the words of the tables to fill in."""
    say = translations.into(language)
    said = [
        f"{_field(path, language)}: {' '.join(map(say, sentences))}"
        for path, sentences in problem.fields.items()
    ]
    return say(ROW_INVALID) % {"fields": " ".join(said)}


def _field(path: str, language: str) -> str:
    block, *rest = path.split(".")
    if block not in ENTRIES or not rest or not rest[0].isdigit():
        return template.called(template.MAIN, path, language)
    title = translations.into(language)(ENTRIES[block]) % {"number": int(rest[0]) + 1}
    return f"{title}, {template.called(block, '.'.join(rest[1:]), language)}" if rest[1:] else title


def place_of(row: SourceRow) -> str:
    """How a row is named in the result."""
    return f"{row.sheet} {row.number}".strip()
