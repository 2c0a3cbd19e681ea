"""A correction takes the place of an edition: the same freeze, the same scheme, without whoever left.

Its rows are the old file's own. Where somebody is gone from a class, or a row of it does not count any
more, the whole class is held back: what differs between the two files is then nothing, or a class of at
least k, so that nobody's row can be read off by comparing them; and beside other files that went out, further
classes are held back until that is so.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from incidents.errors import MoveNotAllowed, Problem, _
from incidents.model.audit import RecordDigest, first_digest
from incidents.model.release import Release, ReleasedRow
from incidents.model.vocabulary import ReleaseState
from incidents.release import (
    differ,
    editions,
    hierarchy,
    leavers,
    ledger,
    policy,
    publish,
    quoted,
    rowed,
    table,
    tabled,
    tagged,
)
from incidents.release.anonymize import Result
from incidents.release.entries import Entries
from incidents.release.gather import Gathered, gather
from incidents.release.hierarchy import NOT_SHOWN
from incidents.release.policy import Policy
from incidents.release.stages import COMPARE, KEEP, VERIFY, Told, silent
from incidents.work import Permission, Work

Class = tuple[str, ...]  # the values of the quasi-identifiers that its rows share
OUT = (ReleaseState.SIGNED, ReleaseState.RECALLED)


class NothingToCorrect(Problem):
    """Everybody in it still permits it."""

    status = 409
    code = "nothing-to-correct"
    sentence = _("Nobody left this release: there is nothing to correct.")


class NothingLeft(Problem):
    """Every class lost somebody."""

    status = 409
    code = "nothing-left"
    sentence = _(
        "No row is left: somebody is gone from every class. Recall the release, and tell those who have it."
    )


class SchemeChanged(Problem):
    """A correction is made by the rules of its edition."""

    status = 409
    code = "scheme-changed"
    sentence = _(
        "The policy or its hierarchies changed since this release. Recall it, and prepare a new one by the rules of "
        "today."
    )


@dataclass(frozen=True)
class _Old:
    """The edition as it went out: its rows, and the class of each."""

    release: Release
    manifest: dict[str, Any] = field(repr=False)
    rows: list[dict[str, str]] = field(repr=False)

    def class_of(self, row: Mapping[str, str]) -> Class:
        return tuple(row[name] for name in self.manifest["quasi_identifiers"])

    @property
    def sizes(self) -> Counter[Class]:
        return Counter(self.class_of(row) for row in self.rows)


def correct(work: Work, release: Release, told: Told = silent) -> Release:
    """Prepare the correction of a release that went out; somebody else signs it, as any other."""
    made = look(work, release, told)
    told(KEEP, 0, 0)
    return publish.keep(work, release.policy, made, corrects=release)


def look(work: Work, release: Release, told: Told = silent) -> publish.Preview:
    """What would be in it; nothing is kept."""
    work.actor.must(Permission.RELEASE_PREPARE)
    if release.state not in OUT:
        raise MoveNotAllowed
    told(VERIFY, 0, 0)
    work.must_be_whole()
    manifest, rules = work.read(release, "manifest"), policy.load(release.policy)
    told_by = manifest["hierarchies_version"] if rules.protection else hierarchy.version()
    if (rules.digest, hierarchy.version()) != (manifest["rules"]["digest"], told_by):
        raise SchemeChanged
    with editions.by_its_hierarchies(manifest):
        if "row_file" not in manifest:
            return _tables(work, release, rules, manifest, told)
        old = _Old(release, manifest, ledger.file_rows(work, release, manifest))
        return _without_who_left(work, old, rules, told) if rules.protection else _anew(work, old, told)


def _tables(
    work: Work, release: Release, rules: Policy, manifest: Mapping[str, Any], told: Told
) -> publish.Preview:
    """What was counted then and may be counted today, counted anew."""
    wanted = publish.Wanted(release.policy, manifest["filters"], hxl=tagged.KEY in manifest)
    made = tabled.look(work, rules, wanted, told, release)
    quotes_left = len(made.quotes) < quoted.how_many(work, release)
    if len(made.rows) == len(Entries(work.read(release, "ledger")["entries"])) and not quotes_left:
        raise NothingToCorrect
    return made


def _anew(work: Work, old: _Old, told: Told) -> publish.Preview:
    """Rows as recorded stay inside the house: there is no scheme to keep to."""
    hxl = tagged.KEY in old.manifest
    return publish.look(work, publish.Wanted(old.release.policy, old.manifest["filters"], hxl=hxl), told)


def _without_who_left(work: Work, old: _Old, rules: Policy, told: Told) -> publish.Preview:
    gathered = _of_then(work, old, gather(work, rules, old.manifest["filters"], told))
    told(COMPARE, 0, 0)
    classes = _classes(gathered, old, rules)
    now = Counter(classes)
    kept = {each for each, size in old.sizes.items() if now[each] == size}
    if len(kept) == len(old.sizes):
        raise NothingToCorrect
    past, rows = ledger.past(work, gathered), _as_written(old, gathered, rules, classes)
    kept = _alone(old, gathered, past, rows, classes, kept)
    if not kept:
        raise NothingLeft
    places = [place for place, each in enumerate(classes) if each in kept]
    held = sum(min(now[each], size) for each, size in old.sizes.items() if each not in kept)
    result = _result(old, gathered, kept, classes, places)
    gone = len(old.rows) - len(result.rows) - held
    why = leavers.reasons(work, old.release, rules, old.manifest["filters"], gathered, gone)
    counts = _counts(old, why, held)
    gathered = replace(gathered, **counts)
    more: dict[str, Any] = {
        name: old.manifest[name] for name in ("lost", "lumps", tagged.KEY) if name in old.manifest
    }
    more |= {"corrects": old.release.reference} | rowed.said_of(past, rules)
    code_lists = old.manifest["code_list_version"]
    packed = rowed.Packed(rules, result, gathered, old.manifest["filters"], {}, more, code_lists)
    threads = tuple(past.threads[place] for place in places)
    said = [rows[place] for place in places]
    return publish.Preview(*rowed.written(work, packed, told), said, gathered, tuple(places), threads)


def _coded(old: _Old, gathered: Gathered, rules: Policy) -> table.Table:
    """The rows of today, rare values told as the edition tells them."""
    return table.build(gathered.rows, rules, lumps=editions.lumps_of(old.manifest))


def _as_written(
    old: _Old, gathered: Gathered, rules: Policy, classes: Sequence[Class]
) -> list[dict[str, str]]:
    """What the old file says of each of these rows: it does not tell which of its rows is whose."""
    names, kept = old.manifest["quasi_identifiers"], _coded(old, gathered, rules).kept
    hidden = {
        (old.class_of(row), name) for row in old.rows for name in kept if row[name] == NOT_SHOWN
    }  # of a whole class, or of none
    return [
        dict(zip(names, each, strict=True))
        | {
            name: NOT_SHOWN
            if (each, name) in hidden and name in old.manifest["hidden_values"]
            else column[place]
            for name, column in kept.items()
        }
        for place, each in enumerate(classes)
    ]


def _alone(
    old: _Old,
    gathered: Gathered,
    past: ledger.Past,
    rows: Sequence[dict[str, str]],
    classes: Sequence[Class],
    kept: set[Class],
) -> set[Class]:
    """The classes that may stay, beside everything else that went out: a class stays whole or not at all."""
    said, node = old.manifest, ledger.node_of(old.manifest["hierarchies"])
    told, by_act = tuple(n for n in said["columns"] if n not in node), bool(said["filters"].get("acts"))
    while True:
        places = [place for place, each in enumerate(classes) if each in kept]
        there = ledger.rows_of(gathered, places, [rows[place] for place in places], past.threads)
        more = differ.holding(differ.File("", said["k"], node, told, there, by_act=by_act), past.files)
        if not more:
            return kept
        out = more.waiting | more.held_back
        kept = kept - {classes[place] for place in places if past.threads[place] in out}


def _of_then(work: Work, old: _Old, gathered: Gathered) -> Gathered:
    """The rows that may leave today and stood in the edition as they are: one that was edited is another row."""
    listed = work.db.execute(
        select(ReleasedRow.person, ReleasedRow.incident, ReleasedRow.told).where(
            ReleasedRow.release_id == old.release.id
        )
    )
    there = {(row.person, row.incident, row.told) for row in listed}
    kept = any(
        told is not None for _person, _incident, told in there
    )  # since it is kept what a row was made from
    places = [
        place
        for place, (row, person) in enumerate(zip(gathered.rows, gathered.people, strict=True))
        if (
            publish.keyed(work, "person", person) if person else None,
            work.vault.keyed("released/incident", row["incident"]),
            publish.made_from(work, row) if kept else None,
        )
        in there
    ]

    def some(values: Sequence[Any]) -> list[Any]:
        return [values[place] for place in places]

    return replace(
        gathered,
        rows=some(gathered.rows),
        people=some(gathered.people),
        permits=some(gathered.permits),
        leans=some(gathered.leans),
        acts=some(gathered.acts),
    )


def _classes(gathered: Gathered, old: _Old, rules: Policy) -> list[Class]:
    """The class of each row at the levels of the edition."""
    columns = {}
    for ladder in _coded(old, gathered, rules).ladders:
        level = ladder.levels.index(old.manifest["hierarchies"][ladder.column]["level"])
        codes = ladder.steps[0, level][ladder.rows]
        columns[ladder.column] = [ladder.labels[level][code] for code in codes]
    names = old.manifest["quasi_identifiers"]
    return list(zip(*(columns[name] for name in names), strict=True))


def _result(
    old: _Old, gathered: Gathered, kept: set[Class], classes: Sequence[Class], places: Sequence[int]
) -> Result:
    """What goes out, as the engine would have said it; which of its rows is whose the old file does not tell."""
    said, rows = old.manifest, [row for row in old.rows if old.class_of(row) in kept]
    numbers = {each: number for number, each in enumerate(sorted(kept))}
    members = {each: [p for p, c in enumerate(classes) if c == each] for each in kept}
    incidents = [{gathered.rows[p]["incident"] for p in places} for places in members.values()]
    persons = [
        {id for p in places for id in gathered.rows[p]["persons"] or [gathered.rows[p]["incident"]]}
        for places in members.values()
    ]
    return Result(
        columns=tuple(said["columns"]),
        rows=rows,
        released=tuple(places),
        suppressed=(),
        classes=tuple(numbers[old.class_of(row)] for row in rows),
        k=said["k"],
        quasi_identifiers=tuple(said["quasi_identifiers"]),
        node={column: each["level"] for column, each in said["hierarchies"].items()},
        hierarchies={column: each["hierarchy"] for column, each in said["hierarchies"].items()},
        loss=said["certificate"].get("loss", 0.0),
        smallest={
            "rows": min(map(len, members.values())),
            "incidents": min(map(len, incidents)),
            "persons": min(map(len, persons)),
        },
        hidden={name: sum(1 for row in rows if row[name] == NOT_SHOWN) for name in said["hidden_values"]},
        certificate=said["certificate"],
    )


def _counts(old: _Old, why: Mapping[str, int], held: int) -> dict[str, Any]:
    """As the edition counted, with who left and for what, and who is held back for them."""
    then = old.manifest["counts"]
    excluded = Counter(then["excluded"]) + Counter(why) + Counter(held_back=held)
    return {
        "considered": then["considered"],
        "excluded": {reason: number for reason, number in sorted(excluded.items()) if number},
        "data_date": old.manifest["data_date"],
    }


# -- telling those who have the old one

TOLD = {
    "en": (
        "The data file {old} is withdrawn and replaced by {new}. Please delete every copy of {old}, use {new} in its "
        "place, and pass this on to whoever you gave it to. Please do not compare the two files: somebody asked that "
        "what they told be used no more, and they have a right to it."
    ),
    "es": (
        "El archivo de datos {old} queda retirado y lo sustituye {new}. Le pedimos borrar todas las copias de {old}, "
        "usar {new} en su lugar y avisar a quienes se lo haya compartido. Le pedimos no comparar los dos archivos: "
        "alguien pidió que ya no se use lo que contó, y está en su derecho."
    ),
}
TOLD_ALONE = {
    "en": (
        "The data file {old} is withdrawn. Please delete every copy of it and pass this on to whoever you gave it to. "
        "A corrected file follows."
    ),
    "es": (
        "El archivo de datos {old} queda retirado. Le pedimos borrar todas las copias y avisar a quienes se lo haya "
        "compartido. Enviaremos un archivo corregido."
    ),
}


def notice(old: str, new: str | None, language: str) -> str:
    """A text ready to send to whoever has a copy. It says who nobody was."""
    texts = TOLD if new else TOLD_ALONE
    return texts.get(language, texts["en"]).format(old=old, new=new)


def correction_of(work: Work, release: Release) -> Release | None:
    """What took its place, or waits to; the newest."""
    query = (
        select(Release).where(Release.corrects == release.id).outerjoin(RecordDigest, first_digest(Release))
    )
    newest = (Release.prepared_on.desc(), RecordDigest.block.desc(), Release.id)  # of one day, by the trail
    return work.db.scalars(query.order_by(*newest)).first()
