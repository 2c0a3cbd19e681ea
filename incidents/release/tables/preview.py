"""The tables of an edition as files, before anybody signs: counted, protected by one method, nothing stored."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from incidents.errors import Problem, _
from incidents.release.policy import Policy
from incidents.release.tables import edition, lines, sheet
from incidents.release.tables.captions import LANGUAGES
from incidents.release.tables.cells import Counted, Shown
from incidents.release.tables.edition import Edition
from incidents.release.tables.plan import Free, Plan
from incidents.work import Work

OPEN = "none"  # the method of tables that are not protected, which they say
Protect = Callable[[Counted], Shown]


class MustBeProtected(Problem):
    """Tables as they were counted, under a policy that protects."""

    status = 422
    code = "tables-must-be-protected"
    sentence = _("The policy %(policy)s protects: its tables are never printed as they were counted.")


@dataclass(frozen=True)
class Preview:
    """What would go out: the tables, what is printed of them, the files."""

    edition: Edition
    shown: Shown
    files: Mapping[str, bytes] = field(repr=False)


def unprotected(counted: Counted) -> Shown:
    """Every number as it was counted."""
    return Shown(counted, dict(counted.counts), OPEN)


def preview(
    work: Work,
    rules: Policy,
    filters: Mapping[str, Any],
    protect: Protect,
    *,
    free: Iterable[Free] = (),
    cell: Callable[[str], str] = str,
) -> Preview:
    """T1 to T9 and the free ones. `protect`: the door from counts to what is printed; `cell`: see `sheet.csv_text`."""
    made = edition.edition(lines.told(work, rules, filters), rules, Plan.of(rules, free))
    shown = protect(made.counted)
    if shown.method == OPEN and rules.protection:
        raise MustBeProtected(policy=rules.name)
    files = sheet.csv_files(shown, made, cell)
    files |= {f"tables.{language}.xlsx": sheet.workbook(shown, made, language) for language in LANGUAGES}
    return Preview(made, shown, files)
