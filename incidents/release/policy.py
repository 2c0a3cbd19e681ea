"""What a release keeps, coarsens and drops. A policy is read, not run; what it does not name is dropped."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from incidents.errors import _
from incidents.release import free as cross
from incidents.release import hierarchy, noising
from incidents.release.misread import PolicyMissingKey as PolicyMissingKey
from incidents.release.misread import PolicyNotFound as PolicyNotFound
from incidents.release.misread import PolicyNotReadable as PolicyNotReadable
from incidents.release.misread import PolicyUnknownKey as PolicyUnknownKey
from incidents.release.misread import PolicyWrongValue as PolicyWrongValue

FOLDER = Path(__file__).with_name("policies")
SHIPPED = (
    "public-table", "report-narrative", "dataset-research", "small-rows", "partner", "internal", "published-table",
)  # fmt: skip
PRODUCTS = ("rows", "tables", "narratives")
UNITS = ("act", "person", "incident")
ROW_PURPOSES = frozenset({"ROW", "PAR"})  # who agreed to be counted did not agree to be a row
SMALLEST_K = 2
ORDERED = frozenset({"age", "moment"})  # hierarchies of what has an order


@dataclass(frozen=True, slots=True)
class Quasi:
    """A column that could single somebody out, and the hierarchy along which it says less."""

    column: str
    hierarchy: str
    finest: str | None = None  # the finest level that may be released; None: the leaf
    weight: float = 1.0
    rare: int = 0  # values that fewer incidents or persons carry are told more coarsely, before anything else
    ends: int = (
        0  # of an order of days or ages: outliers are told as “until” and “since”, by so many at least
    )
    ended: bool = False  # of days: what lies in a unit that is not over, or that the filter cuts, stays out

    @property
    def levels(self) -> tuple[str, ...]:
        """Those that may be told, finest first."""
        every = hierarchy.named(self.hierarchy).levels
        return every[every.index(self.finest) if self.finest else 0 :]


@dataclass(frozen=True, slots=True)
class Secret:
    """A column that must not be told of a whole class: it needs l different values there.

    `by` names the column whose values are counted, where the secret is a coarser one.
    A class that fails loses this value, not its rows; with `whole`, its rows, as other engines do.
    `t`: the shares of the values in a class may differ from those of the whole table by so much at most
    (half the sum of the differences, 0 to 1); a class that is further off always loses its rows.
    """

    column: str
    l: int  # noqa: E741 – its name in the literature; 1 where only t is asked for
    by: str
    whole: bool = False
    t: float | None = None


@dataclass(frozen=True, slots=True)
class Attacker:
    """What a reader may know before opening the file. With `k`, the file must hold it against them, too."""

    name: str
    columns: tuple[str, ...]
    text_en: str
    text_es: str
    k: int | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """What is measured beside k. `household`, `weights`: columns of the file; `population`: a file beside the policy.

    `limit`: of the mean risk against weights or a population; `threshold`: rows of a higher risk are counted.
    """

    household: str | None = None
    weights: str | None = None
    population: str | None = None
    limit: float = 0.03
    threshold: float = 0.2


@dataclass(frozen=True, slots=True)
class Policy:
    """One profile of release, as its TOML file says it."""

    name: str
    product: str
    unit: str
    purposes: tuple[str, ...]  # codes of consent_purpose: each must be permitted
    states: tuple[str, ...]  # codes of verification that may enter
    protection: bool
    signatures: int  # people beside the one who prepared it
    columns: tuple[str, ...]  # in the order of the file
    text_en: str
    text_es: str
    k: int = 1
    suppression: float = 0.0  # share of the rows that may be left out so that k holds
    quasi: tuple[Quasi, ...] = ()
    secret: tuple[Secret, ...] = ()
    expires_days: int | None = None  # how long a signed pack can be downloaded; none: no end
    labels: bool = False  # the project's own labels, as columns `label:name`
    published: bool = False  # only what came in as published by others, and nobody told us of
    free: tuple[cross.Free, ...] = ()  # tables besides T1 to T9
    attackers: tuple[Attacker, ...] = ()
    risk: Risk = field(default_factory=Risk)
    title_en: str = ""
    title_es: str = ""
    terms_en: str = ""  # on which readers may use the pack
    terms_es: str = ""
    noise: noising.Noise | None = None  # tables: how much may be laid over them; none: not offered
    merge: int = 0  # tables: codes that fewer incidents carry are told together; 0: none are
    digest: str = field(default="", compare=False)

    def title(self, language: str) -> str:
        """What people call it, in English or Spanish; its name where the file says nothing else."""
        return (self.title_es if language == "es" else self.title_en) or self.name

    @property
    def in_both(self) -> str:
        """What people call it, in English and in Spanish, and its name, by which programs ask for it."""
        said = " / ".join(dict.fromkeys(self.title(each) for each in ("en", "es")))
        return said if said == self.name else f"{said} ({self.name})"

    def text(self, language: str) -> str:
        """What it does, in one sentence of English or Spanish."""
        return self.text_es if language == "es" else self.text_en

    def terms(self, language: str) -> str:
        """On which terms readers may use its pack; empty where the file says none."""
        return self.terms_es if language == "es" else self.terms_en

    @property
    def public(self) -> bool:
        """Whether its pack is for anybody. One with an end goes to somebody by name; one without protection nowhere."""
        return self.protection and self.expires_days is None

    @property
    def quasi_identifiers(self) -> tuple[str, ...]:
        """Columns over which k is counted; without protection, those that would be."""
        if self.protection:
            return tuple(quasi.column for quasi in self.quasi)
        return tuple(name for name in self.columns if name in identifying())


def names() -> tuple[str, ...]:
    """Names of the shipped policies."""
    return SHIPPED


def identifying() -> frozenset[str]:
    """Columns that a protected policy may only release through a hierarchy."""
    return frozenset(name for name, row in hierarchy.dictionary().items() if row["identifying"])


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy may speak of: columns, those that it may only release coarsened, and hierarchies by name."""

    columns: frozenset[str]
    identifying: frozenset[str]
    hierarchies: Mapping[str, hierarchy.Hierarchy]


def shipped() -> Terms:
    """The columns and hierarchies of incidents."""
    trees = {name: hierarchy.named(name) for name in hierarchy.names()}
    return Terms(frozenset(hierarchy.dictionary()), identifying(), trees)


def load(source: str | Path) -> Policy:
    """A shipped policy by its name (a str is never a path), or any TOML file by its Path."""
    if isinstance(source, str) and source not in SHIPPED:
        raise PolicyNotFound(policy=source, known=", ".join(SHIPPED))
    path = source if isinstance(source, Path) else FOLDER / f"{source}.toml"
    return of(path.stem, document(path), shipped())


def of(name: str, said: Mapping[str, Any], terms: Terms) -> Policy:
    """The policy that a document says, in these terms."""
    return _Reader(name, terms).policy(said)


def document(path: Path) -> dict[str, Any]:
    """What a policy file says, not yet checked. Problems: PolicyNotFound, PolicyNotReadable."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyNotFound(policy=path.name, known=", ".join(SHIPPED)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyNotReadable(policy=path.name, why=str(error)) from None


class _Reader:
    """Takes a TOML document key by key, and says what is wrong where."""

    TEXT: ClassVar[tuple[str, ...]] = ("name", "text_en", "text_es")
    TITLES: ClassVar[tuple[str, ...]] = ("title_en", "title_es", "terms_en", "terms_es")
    LISTS: ClassVar[tuple[str, ...]] = ("purposes", "states", "columns")
    NEEDED: ClassVar[tuple[str, ...]] = (*TEXT, *LISTS, "product", "unit", "protection", "signatures")
    KNOWN: ClassVar[tuple[str, ...]] = (
        *NEEDED,
        *TITLES,
        "k",
        "suppression",
        "expires_days",
        "labels",
        "published",
        "table",
        "quasi",
        "secret",
        "attacker",
        "risk",
        "merge",
        "noise",
    )

    def __init__(self, name: str, terms: Terms) -> None:
        self.name, self.terms = name, terms

    def policy(self, document: Mapping[str, Any]) -> Policy:
        self._keys(document, self.NEEDED, self.KNOWN, _("the policy itself"))
        self._shape(document)
        values = {key: document[key] for key in (*self.TEXT, "product", "unit", "protection", "signatures")}
        values |= {key: tuple(document[key]) for key in self.LISTS}
        values |= {
            key: document[key]
            for key in ("k", "labels", "published", "expires_days", "merge", *self.TITLES)
            if key in document
        }
        policy = Policy(
            **values,
            suppression=float(document.get("suppression", 0.0)),
            quasi=tuple(self._quasi(*item) for item in self._tables(document, "quasi")),
            secret=tuple(self._secret(*item) for item in self._tables(document, "secret")),
            attackers=self._attackers(document.get("attacker", [])),
            risk=self._risk(document.get("risk", {})),
            free=cross.read(document.get("table", []), self._need),
            noise=noising.read(document.get("noise"), self._need),
            digest=_digest(document),
        )
        self._whole(policy)
        return policy

    def _keys(
        self, table: Mapping[str, Any], needed: Iterable[str], known: Iterable[str], where: str
    ) -> None:
        known = tuple(known)
        for key in table:
            if key not in known:
                raise PolicyUnknownKey(policy=self.name, key=key, where=where, known=", ".join(sorted(known)))
        for key in needed:
            if key not in table:
                raise PolicyMissingKey(policy=self.name, key=key, where=where)

    def _need(self, holds: object, key: str, expected: str) -> None:
        if not holds:
            raise PolicyWrongValue(policy=self.name, key=key, expected=expected)

    def _shape(self, document: Mapping[str, Any]) -> None:
        for key in (*self.TEXT, *(title for title in self.TITLES if title in document)):
            self._need(
                isinstance(document[key], str) and document[key].strip(), key, "a text that is not empty"
            )
        for key in self.LISTS:
            value = document[key]
            good = isinstance(value, list) and value and all(isinstance(item, str) for item in value)
            self._need(good and len(set(value)) == len(value), key, "a list of different texts, not empty")
        self._need(document["product"] in PRODUCTS, "product", "one of " + ", ".join(PRODUCTS))
        self._need(document["unit"] in UNITS, "unit", "one of " + ", ".join(UNITS))
        for key in ("protection", "labels", "published"):
            self._need(isinstance(document.get(key, False), bool), key, "true or false")
        self._need(_whole_number(document["signatures"], 1), "signatures", "a whole number, 1 or more")
        self._need(_whole_number(document.get("k", 1), 1), "k", "a whole number, 1 or more")
        self._need(
            _whole_number(document.get("expires_days", 1), 1), "expires_days", "a whole number, 1 or more"
        )
        self._need(_whole_number(document.get("merge", 0), 0), "merge", "a whole number, 0 or more")
        share = document.get("suppression", 0.0)
        numeric = isinstance(share, int | float) and not isinstance(share, bool)
        self._need(numeric and 0 <= share <= 1, "suppression", "a share from 0 to 1")

    def _tables(self, document: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
        tables = document.get(key, {})
        good = isinstance(tables, dict) and all(isinstance(table, dict) for table in tables.values())
        self._need(good, key, f"written as tables: [{key}.COLUMN]")
        return list(tables.items())

    def _quasi(self, column: str, table: Mapping[str, Any]) -> Quasi:
        where = f"quasi.{column}"
        self._keys(table, ("hierarchy",), ("hierarchy", "finest", "weight", "rare", "ends", "ended"), where)
        name, finest, weight = table["hierarchy"], table.get("finest"), table.get("weight", 1.0)
        rare, ends, ended = table.get("rare", 0), table.get("ends", 0), table.get("ended", False)
        trees = self.terms.hierarchies
        self._need(name in trees, f"{where}.hierarchy", "one of " + ", ".join(sorted(trees)))
        levels = trees[name].levels
        self._need(finest is None or finest in levels, f"{where}.finest", "one of " + ", ".join(levels))
        numeric = isinstance(weight, int | float) and not isinstance(weight, bool)
        self._need(numeric and 0 < weight <= 1000, f"{where}.weight", "a number above 0, at most 1000")
        for key, number in (("rare", rare), ("ends", ends)):
            self._need(_whole_number(number, 0), f"{where}.{key}", "a whole number, 0 or more")
        self._need(not ends or name in ORDERED, f"{where}.ends", "given for days or ages only")
        self._need(isinstance(ended, bool), f"{where}.ended", "true or false")
        self._need(not ended or name == "moment", f"{where}.ended", "given for days only")
        return Quasi(column, name, finest, float(weight), rare, ends, ended)

    def _secret(self, column: str, table: Mapping[str, Any]) -> Secret:
        where = f"secret.{column}"
        self._keys(table, () if "t" in table else ("l",), ("l", "by", "whole", "t"), where)
        by, whole, t = table.get("by", column), table.get("whole", False), table.get("t")
        least = table.get("l", 1)
        self._need("l" not in table or _whole_number(least, 2), f"{where}.l", "a whole number, 2 or more")
        self._need(by in self.terms.columns, f"{where}.by", "a column that is known")
        self._need(isinstance(whole, bool), f"{where}.whole", "true or false")
        numeric = isinstance(t, int | float) and not isinstance(t, bool)
        self._need(t is None or (numeric and 0 <= t < 1), f"{where}.t", "a number from 0 to below 1")
        return Secret(column, least, by, whole, None if t is None else float(t))

    def _attackers(self, tables: Any) -> tuple[Attacker, ...]:
        good = isinstance(tables, list) and all(isinstance(table, dict) for table in tables)
        self._need(good, "attacker", "written as tables: [[attacker]]")
        read = tuple(self._attacker(table) for table in tables)
        self._need(
            len({each.name for each in read}) == len(read), "attacker.name", "another one for each attacker"
        )
        return read

    def _attacker(self, table: Mapping[str, Any]) -> Attacker:
        self._keys(table, (*self.TEXT, "columns"), (*self.TEXT, "columns", "k"), "attacker")
        for key in self.TEXT:
            good = isinstance(table[key], str) and table[key].strip()
            self._need(good, f"attacker.{key}", "a text that is not empty")
        columns, k = table["columns"], table.get("k")
        good = isinstance(columns, list) and columns and all(isinstance(each, str) for each in columns)
        self._need(
            good and len(set(columns)) == len(columns),
            "attacker.columns",
            "a list of different texts, not empty",
        )
        self._need(
            k is None or _whole_number(k, SMALLEST_K), "attacker.k", f"a whole number, {SMALLEST_K} or more"
        )
        return Attacker(table["name"], tuple(columns), table["text_en"], table["text_es"], k)

    def _risk(self, table: object) -> Risk:
        self._need(isinstance(table, dict), "risk", "written as a table: [risk]")
        said: dict[str, Any] = dict(table) if isinstance(table, dict) else {}
        names, shares = ("household", "weights", "population"), ("limit", "threshold")
        self._keys(said, (), (*names, *shares), "risk")
        for key in names:
            self._need(isinstance(said.get(key, "-"), str) and said.get(key, "-"), f"risk.{key}", "a name")
        for key in shares:
            value = said.get(key, 1)
            numeric = isinstance(value, int | float) and not isinstance(value, bool)
            self._need(numeric and 0 < value <= 1, f"risk.{key}", "a share above 0, at most 1")
        self._need(not {"weights", "population"} <= set(said), "risk", "weights or population, not both")
        return Risk(**said)

    def _measured(self, policy: Policy, quasi: set[str]) -> None:
        """What is measured must be in the file: it is counted there."""
        for each in policy.attackers:
            missing = sorted(set(each.columns) - set(policy.columns))
            self._need(not missing, "attacker.columns", "columns of the file, and not " + ", ".join(missing))
            self._need(
                each.k is None or policy.protection, "attacker.k", "left out where protection is false"
            )
        for key, column in (("household", policy.risk.household), ("weights", policy.risk.weights)):
            good = column is None or (column in policy.columns and column not in quasi)
            self._need(good, f"risk.{key}", "a column of the file that is no quasi-identifier")

    def _whole(self, policy: Policy) -> None:
        """Rules between keys: the ones that keep a policy from releasing what it seems to protect."""
        known, quasi = self.terms.columns, {each.column for each in policy.quasi}
        for name in policy.columns:
            self._need(name in known, "columns", f"columns that are known, and “{name}” is not")
        for name in (*quasi, *(each.column for each in policy.secret)):
            self._need(
                name in policy.columns, "columns", f"a list with every quasi and secret column, also “{name}”"
            )
        self._need(not quasi & {each.column for each in policy.secret}, "secret", "other columns than quasi")
        self._measured(policy, quasi)
        if not policy.protection:
            self._need(
                not (policy.quasi or policy.secret), "protection", "true where quasi or secret is given"
            )
            self._need(policy.signatures > 1, "signatures", "2 or more where protection is false")
            told = policy.product == "rows" or policy.published
            self._need(told, "published", "true where tables or accounts have no protection")
            return
        self._need(policy.k >= SMALLEST_K, "k", f"{SMALLEST_K} or more where protection is true")
        self._need(quasi, "quasi", "given where protection is true")
        self._need(not policy.labels, "labels", "false where protection is true")
        bare = sorted(set(policy.columns) & self.terms.identifying - quasi)
        self._need(not bare, "quasi", "given for every identifying column, also for " + ", ".join(bare))
        if policy.product == "rows":
            agreed = " or ".join(sorted(ROW_PURPOSES))
            self._need(
                ROW_PURPOSES & set(policy.purposes), "purposes", f"a list with {agreed} where rows go out"
            )


def _whole_number(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of what the file says, whatever its spacing and comments.

    Without how long a pack may lie, what people call it and on which terms they have it: these are no rules of what a
    file holds, and a series goes on where they change.
    """
    said = {key: value for key, value in document.items() if key not in ("expires_days", *_Reader.TITLES)}
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def measured(policy: Policy, cell: Callable[[str], str] = str) -> dict[str, Any]:
    """What a manifest says that is measured beside k. `cell`: how a name of a column stands in the file."""
    risk = {key: value for key, value in asdict(policy.risk).items() if value is not None}
    risk |= {key: cell(risk[key]) for key in ("household", "weights") if key in risk}
    return {
        "attackers": [
            {
                "name": each.name,
                "columns": [cell(column) for column in each.columns],
                "text": {"en": each.text_en, "es": each.text_es},
            }
            | ({} if each.k is None else {"k": each.k})
            for each in policy.attackers
        ],
        "risk_rules": risk,
    }


def described(policy: Policy) -> dict[str, Any]:
    """For a page or a manifest: every field of the policy as plain values."""
    return asdict(policy)
