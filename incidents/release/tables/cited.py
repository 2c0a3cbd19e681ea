"""What stands under a table of acts in files: their codes of ICCS, and of which acts none is confirmed."""

from collections.abc import Iterable

from incidents.release import schemes
from incidents.release.tables import captions
from incidents.release.tables.cells import Axis, Table


def notes(table: Table, language: str) -> list[str]:
    """One sentence for the codes and one for the acts without; none where no axis is of acts."""
    return [
        text
        for axis in (table.rows, table.columns)
        if axis.name == schemes.ACTS
        for text in _of(axis, language)
    ]


def _of(axis: Axis, language: str) -> Iterable[str]:
    known = {code: schemes.iccs(code) for code in axis.codes}
    there = [f"{captions.label(axis, code, language)} {iccs}" for code, iccs in known.items() if iccs]
    none = [captions.label(axis, code, language) for code, iccs in known.items() if iccs == ""]
    if there:
        said = {"edition": schemes.EDITIONS[schemes.ICCS], "codes": "; ".join(there)}
        yield captions.said("iccs", language, **said)
    if none:
        yield captions.said("iccs_none", language, acts="; ".join(none))
