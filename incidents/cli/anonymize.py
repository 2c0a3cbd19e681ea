"""The engine on any CSV, without an instance: for whoever wants to check it against another."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from incidents.cli.frame import FileNotUsable
from incidents.cli.release import kept, must_be_new, written
from incidents.release import any_csv, policy, write

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


def names(_context: click.Context, _option: click.Parameter, given: str | None) -> tuple[str, ...]:
    """The names between commas."""
    return tuple(name.strip() for name in (given or "").split(",") if name.strip())


def sets(
    context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """The same of an option that comes several times."""
    return tuple(names(context, option, each) for each in given)


@click.command("anonymize")
@click.argument("file", type=FILE)
@click.option("--policy", "rules", metavar="P.toml", type=FILE, help="What is kept, coarsened, dropped.")
@click.option(
    "--hierarchies",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Holds *hierarchy_COLUMN.csv of each quasi-identifier.",
)
@click.option("--out", metavar="OUT", type=FOLDER, required=True, help="A folder, new or empty.")
@click.option("--quasi", metavar="A,B,C", callback=names, help="Columns that could single somebody out.")
@click.option("--k", type=click.IntRange(min=2), help="How many each row must hide among.")
@click.option(
    "--suppression",
    metavar="SHARE",
    type=click.FloatRange(0, 1),
    help="Share of the rows that may be left out.",
)
@click.option(
    "--sensitive", "secret", metavar="COLUMN", help="A column that must not be told of a whole class."
)
@click.option("--l", type=click.IntRange(min=2), help="Different values of --sensitive in each class.")
@click.option(
    "--t",
    type=click.FloatRange(0, 1, max_open=True),
    help="How far its shares in a class may be from those of all.",
)
@click.option("--keep", metavar="D,E", callback=names, help="Other columns that go out as they are.")
@click.option("--incident", metavar="COLUMN", help="Count k over its different values; over rows without it.")
@click.option("--person", metavar="COLUMN", help="The same; the stricter counts.")
@click.option(
    "--knows",
    metavar="A,B",
    multiple=True,
    callback=sets,
    help="A reader who knows these columns: measured too; may be given more than once.",
)
@click.option("--household", metavar="COLUMN", help="Links rows that are found together; kept and measured.")
@click.option("--weights", metavar="COLUMN", help="How many of the population a row stands for; kept.")
@click.option(
    "--population", metavar="P.csv", type=FILE, help="The population: the columns of --quasi, and count."
)
@click.option(
    "--risk-limit",
    "limit",
    type=click.FloatRange(0, 1, min_open=True),
    help="Of the mean risk against weights or a population; 0.03 without it.",
)
@click.option(
    "--internal",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the report with the smallest classes, not to be given away.",
)
@click.option(
    "--evaluations", type=click.IntRange(min=1), help="Stop after so many; the certificate then says so."
)
def anonymize_(  # noqa: PLR0913, PLR0917 – an option each
    file: Path,
    rules: Path | None,
    hierarchies: Path,
    out: Path,
    incident: str | None,
    person: str | None,
    evaluations: int | None,
    internal: Path | None,
    **given: Any,
) -> None:
    """Make the rows of FILE.csv k-anonymous with the least loss, and prove it.

    OUT gets data.csv, manifest.json, certificate.json and risk.json. A column that is not named is dropped. The loss,
    its metric, the proof and the risks are told in docs/release-method.md.
    """
    must_be_new(out)
    if internal:
        must_be_apart(internal, out)
    begun = time.perf_counter()
    said = document(_shaped(rules) if rules else {}, given)
    sheet = any_csv.read(file)
    wanted = {table.get("hierarchy", column) for column, table in said["quasi"].items()}
    trees = any_csv.hierarchies(hierarchies, wanted)
    chosen = any_csv.rules(rules.stem if rules else file.stem, said, sheet, trees)
    made = any_csv.make(
        sheet,
        chosen,
        trees,
        incident=incident,
        person=person,
        folder=rules.parent if rules else None,
        evaluations=evaluations,
    )
    written(made.files, out)
    say(json.loads(made.files[write.MANIFEST]), time.perf_counter() - begun)
    if internal:
        kept(internal, write.canonical(made.internal))
        click.echo(f"{internal} shows the smallest classes: it is not to be given away.")
    click.echo(f"{out} holds {', '.join(sorted(made.files))}.")


def must_be_apart(internal: Path, out: Path) -> None:
    """What is not to be given away lies in a file of its own, and not in what is."""
    if internal.resolve().is_relative_to(out.resolve()):
        raise FileNotUsable(file=internal, why="it would lie in OUT, which is given away. Name another place")
    if internal.exists():
        raise FileNotUsable(file=internal, why="it exists already. Name a new one")
    if not internal.absolute().parent.is_dir():
        raise FileNotUsable(file=internal, why="its folder is not there. Make it first")


def _shaped(rules: Path) -> dict[str, Any]:
    """A policy file whose tables are tables, so that options can be added to them; the policy itself is read later."""
    said = policy.document(rules)

    def need(holds: bool, key: str, expected: str) -> None:  # noqa: FBT001  what holds
        if not holds:
            raise policy.PolicyWrongValue(policy=rules.stem, key=key, expected=expected)

    for key in ("quasi", "secret", "risk"):
        tables = said.get(key, {})
        inner = tables.values() if isinstance(tables, dict) and key != "risk" else ()
        need(isinstance(tables, dict) and all(isinstance(each, dict) for each in inner), key, "a table")
    readers = said.get("attacker", [])
    need(isinstance(readers, list) and all(isinstance(each, dict) for each in readers), "attacker", "tables")
    for key, names in (
        ("columns", said.get("columns", [])),
        *(("attacker", each.get("columns")) for each in readers),
    ):
        need(
            isinstance(names, list) and all(isinstance(each, str) for each in names), key, "a list of columns"
        )
    return said


def say(manifest: dict[str, Any], seconds: float) -> None:
    """What was found, and how sure that is."""
    counts, found = manifest["counts"], manifest["certificate"]
    proof = "no combination loses less" if found["optimal"] else f"not proven: at least {found['bound']:.10f}"
    risk = f"{manifest['risk']['prosecutor_risk']:.4f} on average, {manifest['risk']['highest_risk']:.4f} at most"
    for name, said in (
        ("rows", f"{counts['released']:,} of {counts['considered']:,}, {found['suppressed']:,} left out"),
        ("loss", f"{found['loss']:.10f} ({proof})"),
        (
            "levels",
            ", ".join(f"{column} {each['level']}" for column, each in manifest["hierarchies"].items()),
        ),
        ("smallest class", f"{manifest['k_measured']:,} rows, counted in the written file"),
        ("risk", risk),
        *beside(manifest["risk"]),
        ("search", f"{found['evaluations']:,} of {found['nodes']:,} nodes counted, {seconds:.1f} s in all"),
    ):
        click.echo(f"  {name:<15} {said}")


def beside(risk: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is measured beside k, a line each."""
    if risk["distinct"]:
        fewest = ", ".join(f"{number:,} {name}" for name, number in risk["distinct"].items())
        yield "each class", f"stands for at least {fewest}"
    for each in risk["attackers"]:
        found = f"{each['prosecutor_risk']:.4f} on average, smallest class {each['smallest']}, {each['unique']} alone"
        yield each["name"], f"{found} ({', '.join(each['columns'])})"
    if risk["population"]:
        found = risk["population"]
        yield (
            found["model"],
            f"{found['global_risk']:.6f} on average, {found['expected']:.2f} rows found again",
        )
    if risk["households"]:
        found = risk["households"]
        yield "households", f"{found['mean']:.6f} on average, {found['highest']:.4f} at most"
    found = risk["uniques"]
    if found["rows"]:
        yield "stand out", f"{found['rows']} rows by {found['up_to']} columns or fewer"


def document(said: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The policy's document, with what the options say in its place."""
    secret = given["secret"]
    rule = {name: given[name] for name in ("l", "t") if given[name] is not None}
    if rule and not secret:
        raise click.UsageError("--l and --t hold for a column: name it with --sensitive.")
    said = said | {name: given[name] for name in ("k", "suppression") if given[name] is not None}
    if given["quasi"]:
        said["quasi"] = {name: {} for name in given["quasi"]}
    if secret:
        said["secret"] = {secret: {"whole": True, **(rule or {"l": 2})}}
    if not said.get("quasi") or "k" not in said:
        raise click.UsageError("Name a --policy, or --quasi and --k.")
    risk = {name: given[name] for name in ("household", "weights", "limit") if given[name] is not None}
    if given["population"]:
        risk["population"] = str(given["population"].resolve())
    said["risk"] = said.get("risk", {}) | risk
    if given["knows"]:
        said["attacker"] = [*said.get("attacker", []), *map(reader, given["knows"])]
    named = [name for each in said.get("attacker", []) for name in each["columns"]]
    if given["keep"] or given["knows"]:
        counted = [said["risk"][key] for key in ("household", "weights") if key in said["risk"]]
        needed = [*said["quasi"], *said.get("secret", {})]
        first = needed if given["keep"] else said.get("columns", needed)
        said["columns"] = list(dict.fromkeys([*first, *named, *given["keep"], *counted]))
    return said


def reader(columns: tuple[str, ...]) -> dict[str, Any]:
    """Somebody who knows these columns, as a policy says it."""
    text = "knows " + ", ".join(columns)
    return {"name": text, "columns": list(columns), "text_en": text, "text_es": text}
