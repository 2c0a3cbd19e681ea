"""Quotes and accounts in a pack: chosen from the shelf, printed as two people signed them, and whose they are.

They are no lines of the tables. Who is in them stands in the ledger as keyed hashes, so that a withdrawal finds the
release and stops it. Preparing and signing ask the shelf, where everybody's yes of that day counts; a download is
stopped by every no since: withdrawn, refused, erased, or taken off the shelf.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from uuid import UUID

from sqlalchemy import select

from incidents import consent, redaction
from incidents.errors import ConsentChanged, InvalidInput, _
from incidents.model import tongues
from incidents.model.people import Person
from incidents.model.quote import Quote as Kept
from incidents.model.quote import QuoteKind, QuoteState
from incidents.model.release import Release, ReleasedQuote
from incidents.model.vocabulary import Purpose
from incidents.redaction import HIDDEN, Quoted
from incidents.release import ledger, pack, write
from incidents.release.citation import Citation
from incidents.release.tables.captions import LANGUAGES
from incidents.release.text import accounts, gathering
from incidents.release.text.accounts import Cited, Quote, Style
from incidents.release.write import File
from incidents.work import Permission, Work

QUOTE, WORDS = "released/quote", "released/words"  # what the hashes are of
MOST = 60  # in one pack: somebody reads each of them before signing


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was taken from the shelf, and as the text prints it."""

    signed: Quoted = field(repr=False)
    quote: Quote = field(repr=False)


class QuoteStays(ConsentChanged):
    """Off the shelf since it was chosen, or never on it."""

    code = "quote-stays"
    sentence = _("Something that was chosen from the shelf of quotes may not leave today. Choose again.")


def must_fit(ids: Sequence[UUID], *, prints: bool) -> None:
    """Refuse quotes where no report is made (`prints`), and more than anybody reads."""
    if ids and not prints:
        raise InvalidInput({"quotes": [_("Only the report that goes with tables prints quotes.")]})
    if len(ids) > MOST:
        raise InvalidInput(
            {"quotes": [_("Choose sixty at most: somebody reads each of them before signing.")]}
        )


def take(work: Work, ids: Sequence[UUID]) -> tuple[Chosen, ...]:
    """These from the shelf, with how each is cited. Problem: QuoteStays, where one may not leave today."""
    if not ids:
        return ()
    try:
        found = redaction.leave(work, ids)
    except ConsentChanged:
        raise QuoteStays from None
    where = gathering.cited(work, {each.report for each in found})
    return tuple(_chosen(each, where.get(each.report)) for each in found)


def _chosen(signed: Quoted, interview: Cited | None) -> Chosen:
    """A case of somebody whom nobody interviewed is not cited as an interview with them."""
    of_record = signed.kind == QuoteKind.CASE and not (signed.own and interview)
    cited = Cited(record=True) if of_record else interview or Cited()
    known = cited.without(place=signed.no_place, date=signed.no_date)
    language = tongues.tag(signed.language)
    return Chosen(signed, Quote(signed, known, language, signed.kind.value, signed.state, signed.month))


# -- written


@dataclass(frozen=True, slots=True)
class Printed:
    """A quote as it leaves."""

    kind: str
    who: str
    words: str = field(repr=False)
    note: str = ""
    language: str = ""  # of the words; empty: not recorded


def sheets(quotes: Sequence[Quote], organisation: str, style: Style, cited: Citation) -> list[File]:
    """The quotes by themselves, in each language; what the text of the report prints of them, word for word.

    Each line says too which pack it is from: a sheet is sent on without the rest.
    """
    return [_sheet(quotes, organisation, style, cited, each) for each in LANGUAGES] if quotes else []


def _sheet(quotes: Sequence[Quote], organisation: str, style: Style, cited: Citation, language: str) -> File:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow((*(each.name for each in fields(Printed)), "source"))
    source = cited.line(language)
    for each in quotes:
        note = accounts.note(each, organisation, language, style)
        who = accounts.introduced(each, language)
        words = each.signed.text
        lines.writerow([write.cell(value) for value in (each.kind, who, words, note, each.language, source)])
    return File(_name(language), out.getvalue().encode("utf-8-sig"), 0)


def _name(language: str) -> str:
    return f"quotes.{language}.csv"


def printed(work: Work, release: Release, language: str) -> list[Printed]:
    """The quotes of a pack as they leave, read from its files; none of them once somebody's no has stopped it."""
    work.actor.must_any(frozenset({Permission.RELEASE_PREPARE, Permission.RELEASE_SIGN}))
    if not how_many(work, release):
        return []
    try:
        must_be_permitted(work, release, expiry=False)
    except ConsentChanged:
        return []
    data = pack.opened(work.read(release, "pack"))[_name(language)]
    lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    said = len(fields(Printed))  # what stands behind them says where they are from
    return [Printed(*(write.raw(cell) for cell in line[:said])) for line in list(lines)[1:]]


def counts(quotes: Iterable[Quote]) -> dict[str, int]:
    """How many of each kind, as the manifest says it."""
    found: dict[str, int] = {}
    for each in quotes:
        found[each.kind] = found.get(each.kind, 0) + 1
    return dict(sorted(found.items()))


# -- the ledger


def enter(work: Work, release: Release, quotes: Sequence[Chosen]) -> None:
    """Whose words it prints, and who is in them."""
    for number, each in enumerate(quotes, 1):
        said = {"release_id": release.id, "number": number, "quote": _hash(work, each.signed.id)}
        said |= {"told": _words(work, each)}
        purpose = redaction.PURPOSE[each.signed.kind].value
        for id, how in sorted(each.signed.people.items()):
            entry = ReleasedQuote(person=ledger.keyed(work, "person", id), **said)
            work.seal(entry, facts={"purpose": purpose, "how": how})
            work.add(entry)


def _hash(work: Work, id: UUID) -> bytes:
    return work.vault.keyed(QUOTE, id)


def _words(work: Work, chosen: Chosen) -> bytes:
    """All that is printed of it, and who is in it: with anything else in it, it is another."""
    said = asdict(chosen.signed) | {"quote": {**asdict(chosen.quote), "signed": None}}
    said["people"] = {str(id): how for id, how in sorted(chosen.signed.people.items())}
    unsaid = (
        "id",
        "acts",
        "report",
        "own",
        "signed_on",
        "no_place",
        "no_date",
        "language",
    )  # nothing of these is printed, or, as the language, stands with what is printed
    return work.vault.keyed_json(WORDS, {name: said[name] for name in said.keys() - {*unsaid}})


def entries(work: Work, release: Release) -> list[ReleasedQuote]:
    """Who is in its quotes, in their order."""
    query = select(ReleasedQuote).where(ReleasedQuote.release_id == release.id)
    rows = list(work.db.scalars(query.order_by(ReleasedQuote.number, ReleasedQuote.id)))
    work.vouched(rows)
    return rows


def how_many(work: Work, release: Release) -> int:
    """How many quotes it was prepared with."""
    query = select(ReleasedQuote.number).where(ReleasedQuote.release_id == release.id).distinct()
    return len(work.db.scalars(query).all())


def _kept(work: Work, rows: Iterable[ReleasedQuote]) -> dict[bytes, Kept]:
    """By its hash each quote that these entries name and that is there."""
    wanted = {row.quote for row in rows if row.quote}
    by_hash = ((_hash(work, id), id) for id in work.db.scalars(select(Kept.id)))
    return {hashed: work.get(Kept, id) for hashed, id in by_hash if hashed in wanted}


# -- asked again


def must_leave(work: Work, release: Release) -> None:
    """Before a signature: each is on the shelf, word for word as it was prepared. Problem: ConsentChanged."""
    rows = entries(work, release)
    if not rows:
        return
    kept = _kept(work, rows)
    if any(row.quote not in kept for row in rows):
        raise ConsentChanged
    now = take(work, list(dict.fromkeys(kept[row.quote].id for row in rows if row.quote)))
    told = [_words(work, each) for each in now]
    if {(row.number, row.told) for row in rows} != set(enumerate(told, 1)):
        raise ConsentChanged


def must_be_permitted(work: Work, release: Release, *, expiry: bool) -> None:
    """Everybody in its quotes, and the quotes themselves: a no stops the pack. Problem: ConsentChanged.

    `expiry`: also a yes that ran out is none.
    """
    rows = entries(work, release)
    if not rows:
        return
    kept = _kept(work, rows)
    gone = any(row.person is None or row.quote not in kept for row in rows)
    work.vouched(list(kept.values()))
    if gone or any(each.state == QuoteState.RECALLED for each in kept.values()):
        raise ConsentChanged
    people = _people(work, rows)
    said = [work.read(row, "facts") for row in rows]
    for purpose in sorted({each["purpose"] for each in said}):
        answers = consent.permits_all(work, list(people.values()), Purpose(purpose))
        for row, each in zip(rows, said, strict=True):
            person = people.get(row.person or b"")
            if each["purpose"] == purpose and (
                person is None or _no(answers[person.id], each["how"], expiry)
            ):
                raise ConsentChanged


def _people(work: Work, rows: Iterable[ReleasedQuote]) -> dict[bytes, Person]:
    wanted = {row.person for row in rows}
    hashes = ((ledger.keyed(work, "person", id), id) for id in work.db.scalars(select(Person.id)))
    return {hashed: work.get(Person, id) for hashed, id in hashes if hashed in wanted}


def _no(answer: consent.Answer, how: str, expiry: bool) -> bool:  # noqa: FBT001 – handed on
    """Whoever cannot be recognized in it forbids nothing unless they said no or took their yes back."""
    if not isinstance(answer, consent.Refusal):
        return False
    if how == HIDDEN:
        return answer.reason in (consent.WITHDRAWN, consent.REFUSED)
    return expiry or answer.reason not in consent.RAN_OUT


def still(work: Work, release: Release) -> list[UUID]:
    """Of its quotes those that may leave today, in their order: what its correction prints."""
    rows = entries(work, release)
    kept = _kept(work, rows)
    ids = list(dict.fromkeys(kept[row.quote].id for row in rows if row.quote in kept))
    judged = redaction.judge(work, [work.get(Kept, id) for id in ids])
    return [id for id in ids if isinstance(judged[id], Quoted)]
