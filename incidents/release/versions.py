"""Set a hierarchy: read what somebody proposes, say what is wrong with it, what it changes; keep it as a version.

A version is appended; policies go by the newest from then on, a series by the versions of its first edition.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from incidents.errors import MoveNotAllowed, NotFound, Problem, ReasonsNeeded, _
from incidents.model import tree
from incidents.model import vocabulary as words
from incidents.model.tree import HierarchyVersion, Version
from incidents.release import hierarchy
from incidents.release.hierarchy import ANY, Ages, HierarchyMissesValue
from incidents.release.listed import LISTS
from incidents.work import Permission, Work

SET = ("act", "age", "gender", "nationality", "perpetrator", "place")  # days are the calendar's
# Groups that tables are counted by: one of these without a value would be a table of nothing.
NEEDED = {"act": ("KIDNAPPING",), "perpetrator": ("STATE_MX", "STATE_US"), "age": ("CHI", "ADU")}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,39}|\*|\(not (?:shown|recorded)\)")
NOT_TEXT = _("it is not UTF-8 text.")
MOST_ROWS, LONGEST, SHORTEST_WHY = 2000, 120, 12


class HierarchyNotUsable(Problem):
    """A proposal that is no hierarchy, or not this one; the sentence names the value."""

    status = 422
    code = "hierarchy-not-usable"
    sentence = _("The hierarchy %(hierarchy)s cannot be used: %(why)s")

    def said(self, translate: Callable[[str], str] = str) -> str:
        """The reason is a sentence of its own, and names the value."""
        why = translate(str(self.details["why"])) % self.details
        return translate(self.sentence) % {**self.details, "why": why}


class SetMeanwhile(Problem):
    """Two people set the same hierarchy."""

    status = 409
    code = "hierarchy-set-meanwhile"
    sentence = _(
        "Somebody set this hierarchy while you changed it. What you typed is below; begin again from theirs."
    )


@dataclass(frozen=True)
class Draft:
    """What somebody proposes. `labels`: code → English, Spanish, of groups that the program has no words for."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def version(self) -> Version:
        """As the next version would say it."""
        labels = tuple((code, *pair) for code, pair in sorted(self.labels.items()))
        return Version(self.name, len(tree.known(self.name)) + 1, levels(self.name), self.rows, labels)


@dataclass(frozen=True, slots=True)
class Moved:
    """A value that becomes something else than before, at one level."""

    value: str
    level: str
    before: str
    after: str


def levels(name: str) -> tuple[str, ...]:
    """The levels of a hierarchy as its file has them; policies and tables are written about these."""
    return hierarchy.file(name).levels


def standing(name: str) -> Version:
    """The version in force."""
    return numbered(name, tree.standing(name))


def numbered(name: str, number: int) -> Version:
    """One version, 0 the shipped one. Problem: NotFound."""
    if name not in hierarchy.names():
        raise NotFound
    found = hierarchy.file(name) if number == 0 else tree.numbered(name, number)
    if found is None:
        raise NotFound
    return found


def draft(version: Version) -> Draft:
    """A version, to be changed; with own codes where they stand now."""
    rows = dict.fromkeys(version.rows)
    made = hierarchy.of(version) if version.number else hierarchy.exact(version.name)
    if isinstance(made, hierarchy.Listed):
        rows = dict.fromkeys(made.domain().values())
    return Draft(version.name, tuple(rows), {code: (en, es) for code, en, es in version.labels})


# -- read and write


def as_csv(version: Version | Draft) -> str:
    """In the form in which it is read: semicolons, leaf first, one level a column; the first line names the levels."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    head = levels(version.name)
    writer.writerow(("#" + head[0], *head[1:]))
    writer.writerows(version.rows)
    return out.getvalue()


def read(name: str, text: str, labels: Mapping[str, tuple[str, str]] | None = None) -> Draft:
    """A file, checked. Problems: HierarchyNotUsable, HierarchyNotNested, HierarchyMissesValue."""
    found = typed(name, text, labels)
    check(found)
    return found


def typed(name: str, text: str, labels: Mapping[str, tuple[str, str]] | None = None) -> Draft:
    """What somebody typed or sent, whose lines all have the right number of levels. Problem: HierarchyNotUsable."""
    if name not in SET:
        raise MoveNotAllowed
    lines = list(csv.reader(text.lstrip("\ufeff").splitlines(), delimiter=";"))
    rows = [tuple(cell.strip() for cell in line) for line in lines if any(cell.strip() for cell in line)]
    head = levels(name)
    if rows and rows[0][0].startswith("#"):
        said, rows = (rows[0][0][1:].strip(), *rows[0][1:]), rows[1:]
        _need(
            said == head, name, _("its first line must name the levels %(levels)s."), levels="; ".join(head)
        )
    _need(0 < len(rows) <= MOST_ROWS, name, _("it needs 1 to %(most)s lines."), most=MOST_ROWS)
    for row in rows:
        _need(
            len(row) == len(head),
            name,
            _("“%(value)s” has %(found)s levels, and needs %(wanted)s."),
            value=row[0][:40],
            found=len(row),
            wanted=len(head),
        )
    return Draft(name, tuple(dict.fromkeys(rows)), labels or {})


def labels_of(text: str, name: str) -> dict[str, tuple[str, str]]:
    """Labels of groups, a line each: code;English;Spanish."""
    found = {}
    for line in csv.reader(text.splitlines(), delimiter=";"):
        cells = [" ".join(cell.split()) for cell in line]
        if any(cells):
            _need(
                len(cells) == 3 and all(cells),
                name,
                _("“%(value)s” needs its words in English and Spanish."),
                value=cells[0],
            )
            _need(
                max(map(len, cells)) <= LONGEST,
                name,
                _("“%(value)s” has words that are too long."),
                value=cells[0][:LONGEST],
            )
            found[cells[0]] = (cells[1], cells[2])
    return found


def labels_as_text(labels: Mapping[str, tuple[str, str]]) -> str:
    """The same, to be changed."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(
        (code, *pair) for code, pair in sorted(labels.items())
    )
    return out.getvalue()


# -- checked


def check(proposed: Draft) -> None:
    """Nested, one root, no value without a place, and what other rules rest on. The sentence names the value."""
    name = proposed.name
    seen: dict[str, tuple[str, ...]] = {}
    for row in proposed.rows:
        for code in row:
            _need(
                bool(_CODE.fullmatch(code)),
                name,
                _("“%(value)s” is no code: letters, digits, and . _ + - between them."),
                value=code[:40],
            )
        _need(seen.setdefault(row[0], row) == row, name, _("“%(value)s” comes twice."), value=row[0])
        _need(row[-1] == ANY, name, _("“%(value)s” does not end in *, as all must."), value=row[0])
        _need(ANY not in row[:-1], name, _("“%(value)s” is * before the last level."), value=row[0])
    hierarchy.check_nested(name, proposed.rows)
    for value in _wanted(name):
        if value not in seen:
            raise HierarchyMissesValue(hierarchy=name, value=value)
    for value in seen:
        _need(
            value in _wanted(name) or name not in {"age", "place"},
            name,
            _("“%(value)s” is none of its values."),
            value=value,
        )
    groups = {label for row in proposed.rows for label in row[1:]}
    for group in NEEDED.get(name, ()):
        _need(group in groups, name, _("tables are counted by “%(value)s”: it needs a value."), value=group)
    _check_ages(proposed) if name == "age" else _check_places(proposed)
    _check_words(proposed, groups)


def _wanted(name: str) -> tuple[str, ...]:
    """The values that must have a place."""
    if name in {"age", "place"}:
        return tuple(row[0] for row in hierarchy.file(name).rows)
    kept = [code for code, each in words.codes(LISTS[name]).items() if not each.own]
    shipped = [row[0] for row in hierarchy.file(name).rows]
    return tuple(dict.fromkeys((*shipped, *(code for code in kept if code not in hierarchy.UNANSWERED))))


def _check_ages(proposed: Draft) -> None:
    """A band that is told is made of whole ones, side by side, and does not reach over the age of 18."""
    lows = {band: low for low, band in Ages.BANDS}
    order = sorted(lows, key=lows.__getitem__)
    bands = defaultdict[str, list[str]](list)
    for leaf, told, stage, _any in sorted(proposed.rows, key=lambda row: lows[row[0]]):
        right = Ages().stage(leaf)
        _need(
            stage == right,
            "age",
            _("“%(value)s” must stay %(stage)s: tables count children and adults by the age of 18."),
            value=leaf,
            stage=right,
        )
        bands[told].append(leaf)
    for told, some in bands.items():
        place = order.index(some[0])
        _need(
            order[place : place + len(some)] == some,
            "age",
            _("“%(value)s” is made of ages that do not lie side by side."),
            value=told,
        )
        first, last = some[0], some[-1]
        said = f"{lows[first]}+" if last.endswith("+") else f"{lows[first]}-{last.partition('-')[2]}"
        _need(
            told == said,
            "age",
            _("“%(value)s” must be called %(said)s, as the ages in it are."),
            value=told,
            said=said,
        )


def _check_places(proposed: Draft) -> None:
    for state, _region, country, _any in proposed.rows if proposed.name == "place" else ():
        _need(
            country == "MEX",
            "place",
            _("“%(value)s” is a state of Mexico: its country stays MEX."),
            value=state,
        )


def _check_words(proposed: Draft, groups: Iterable[str]) -> None:
    """Every group can be said in both languages."""
    if proposed.name == "age":
        return
    known = hierarchy.labels()
    codes = words.lists().get(LISTS.get(proposed.name, ""), {})
    for group in sorted(groups):
        there = (
            group in proposed.labels
            or group in known
            or group in codes
            or group in {ANY, hierarchy.NOT_SHOWN, hierarchy.NOT_RECORDED}
        )
        _need(there, proposed.name, _("“%(value)s” needs its words in English and Spanish."), value=group)


def _need(holds: bool, name: str, why: str, **values: object) -> None:  # noqa: FBT001  as an assertion is read
    if not holds:
        raise HierarchyNotUsable(hierarchy=name, why=why, **values)


# -- changed, step by step


def moved(proposed: Draft, value: str, parent: str) -> Draft:
    """A value, or a group with all in it, under another parent; a new one stands where the old one stood."""
    rows = proposed.rows
    level = next((n for n in range(len(rows[0]) - 2) for row in rows if row[n] == value), None)
    if level is None:
        raise HierarchyMissesValue(hierarchy=proposed.name, value=value)
    at = level + 1
    there = next((row[at:] for row in rows if row[at] == parent), None)
    new = (row[:at] + (there or (parent, *row[at + 1 :])) if row[level] == value else row for row in rows)
    return Draft(proposed.name, tuple(new), proposed.labels)


def regrouped(proposed: Draft, value: str, group: str, en: str = "", es: str = "") -> Draft:
    """The same, with the words of a group that is new."""
    if en or es:
        labels = labels_of(labels_as_text({group: (en, es)}), proposed.name)
        proposed = Draft(proposed.name, proposed.rows, {**proposed.labels, **labels})
    return moved(proposed, value, group)


def relabelled(before: Draft, after: Draft) -> list[str]:
    """Groups whose words are others than before."""
    return [code for code, pair in after.labels.items() if before.labels.get(code) != pair]


def renamed(proposed: Draft, group: str, en: str, es: str) -> Draft:
    """Other words for a group, or the words of a new one."""
    text = labels_as_text({group: (en, es)})
    _need(
        any(group in row[1:] for row in proposed.rows),
        proposed.name,
        _("“%(value)s” is no group of it."),
        value=group,
    )
    return Draft(proposed.name, proposed.rows, {**proposed.labels, **labels_of(text, proposed.name)})


def changes(before: Version | Draft, after: Version | Draft) -> list[Moved]:
    """Which values become something else, the finest level at which they do."""
    old, names = {row[0]: row for row in before.rows}, levels(before.name)
    found = []
    for row in after.rows:
        was = old.get(row[0], ())
        level = next((n for n in range(1, len(row)) if not was or was[n] != row[n]), None)
        if level is not None:
            found.append(Moved(row[0], names[level], was[level] if was else "", row[level]))
    gone = old.keys() - {row[0] for row in after.rows}
    return found + [Moved(value, names[0], value, "") for value in sorted(gone)]


# -- kept


def may_set(work: Work) -> bool:
    """Whether this member may set a hierarchy."""
    return work.actor.may(Permission.VOCABULARY_SET)


def keep(work: Work, proposed: Draft, why: str, seen: int) -> HierarchyVersion:
    """The next version, from now on in force; `seen`: the version that it was made from. Asks for a fresh sign-in."""
    work.actor.must(Permission.VOCABULARY_SET)
    work.must_be_fresh()
    if len(why.strip()) < SHORTEST_WHY:
        raise ReasonsNeeded
    tree.renew(work.db)
    check(proposed)
    if tree.standing(proposed.name) != seen:
        raise SetMeanwhile
    made = proposed.version
    if made.digest == standing(proposed.name).digest:
        raise HierarchyNotUsable(hierarchy=proposed.name, why=_("nothing in it is changed."))
    row = HierarchyVersion(
        name=made.name,
        number=made.number,
        content={
            "levels": list(made.levels),
            "rows": [list(each) for each in made.rows],
            "labels": [list(each) for each in made.labels],
        },
        digest=made.digest,
        set_by=work.actor.id,
        set_on=work.today,
    )
    work.seal(row, why=why.strip())
    work.add(row)
    work.note("hierarchy.set", row, hierarchy=made.name, number=made.number, digest=made.digest[: tree.SHORT])
    return row


def history(work: Work, name: str) -> list[tuple[HierarchyVersion, object]]:
    """Every version that was set, the newest first, with why."""
    work.actor.must(Permission.RELEASE_DOWNLOAD)
    order = HierarchyVersion.number.desc()
    rows = list(
        work.db.scalars(select(HierarchyVersion).where(HierarchyVersion.name == name).order_by(order))
    )
    return list(zip(rows, work.read_all(rows, "why"), strict=True))


def values(proposed: Draft) -> list[str]:
    """What can be moved: every value, and every group that stands under another."""
    width = len(proposed.rows[0])
    return list(dict.fromkeys(row[n] for n in range(width - 2) for row in proposed.rows))


def groups(proposed: Draft) -> Sequence[tuple[int, str]]:
    """Every group with its level, the finest first."""
    found = dict.fromkeys((n, row[n]) for n in range(1, len(proposed.rows[0]) - 1) for row in proposed.rows)
    return sorted(found)
