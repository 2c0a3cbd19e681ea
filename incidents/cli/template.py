"""A table to fill in away from the house, with the code lists in it."""

from pathlib import Path

import click

from incidents.cli.frame import FileNotUsable
from incidents.cli.vocabulary import with_own
from incidents.intake import template as tables

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("template")
@click.argument("file", type=FILE)
@click.option(
    "--language",
    type=click.Choice(tables.LANGUAGES),
    default="en",
    show_default=True,
    help="Of its words and its lists.",
)
@click.option("--mapping", metavar="MAP.toml", type=FILE, help="Also write the mapping that reads it again.")
@click.pass_context
def template_(context: click.Context, file: Path, language: str, mapping: Path | None) -> None:
    """Write an empty table to fill in: FILE.xlsx with lists to choose from, or FILE.csv with the codes beside it.

    It comes in with docs/mappings/template.toml (or template_csv.toml). Codes of your own are in it too, and in the
    mapping that --mapping writes.
    """
    kind = file.suffix.lower().removeprefix(".")
    if kind not in {"xlsx", "csv"}:
        raise FileNotUsable(file=file.name, why="its name must end in .xlsx or .csv")
    with_own(context)
    written = [file]
    if kind == "xlsx":
        file.write_bytes(tables.workbook(language))
    else:
        file.write_bytes(tables.table())
        written.append(file.with_suffix(".codes.csv"))
        written[-1].write_bytes(tables.codes(language))
    if mapping is not None:
        mapping.write_text(tables.mapping(kind), "utf-8")
        written.append(mapping)
    click.echo(
        f"Written: {', '.join(str(path) for path in written)}. Nothing in them is sealed once it is filled in."
    )
