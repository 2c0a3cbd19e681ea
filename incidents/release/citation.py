"""How a pack is cited: who made it, what it is called, its reference, the day of its data, on which terms.

Whoever has one file of a pack can say which edition it is from. The reference is drawn when the files are made, so that
it can stand in them; it opens nothing and tells nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from incidents.intake.report import reference
from incidents.release.policy import Policy
from incidents.release.tables import captions
from incidents.release.tables.captions import LANGUAGES

NAME = "citation.json"
LETTER = "L"  # of a release
KINDS = {"rows": "dataset", "tables": "report"}  # product → type in the Citation Style Language


def drawn() -> str:
    """A reference that no release has yet."""
    return reference(LETTER)


@dataclass(frozen=True, slots=True)
class Citation:
    """One pack. `title`, `terms`: language → text; `terms` are empty where the policy says none."""

    organisation: str
    title: Mapping[str, str]
    product: str
    reference: str
    data_date: str
    public: bool = True
    corrects: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, policy: Policy, organisation: str, title: Mapping[str, str], data_date: str, **more: str
    ) -> "Citation":
        """Of what this policy makes. `more`: the reference, and that of the edition whose place it takes."""
        terms = {language: text for language in LANGUAGES if (text := policy.terms(language))}
        may = policy.public or policy.published
        return cls(organisation, title, policy.product, data_date=data_date, public=may, terms=terms, **more)

    def line(self, language: str) -> str:
        """As a note of a report has it; of what is not published, that it is not to be cited."""
        told = {
            "org": self.organisation.rstrip("."),
            "title": self.title[language].rstrip("."),
            "kind": captions.said(f"cite.{self.product}", language),
            "reference": self.reference,
            "corrects": self.corrects,
            "day": captions.day(self.data_date, language),
        }
        said = [captions.said("cite.corrected" if self.corrects else "cite.line", language, **told)]
        said += [] if self.public else [captions.said("cite.not_published", language, **told)]
        return " ".join([*said, *filter(None, [self.terms.get(language)])])

    @property
    def lines(self) -> dict[str, str]:
        """The same in each language."""
        return {language: self.line(language) for language in LANGUAGES}

    def head(self) -> str:
        """The first lines of README.txt: what it is called, whose it is, which edition."""
        titles = " / ".join(dict.fromkeys(self.title[language] for language in LANGUAGES))
        return f"{titles}\n{self.organisation}, {self.reference}"

    def readme(self) -> str:
        """What README.txt says of it."""
        return "\n".join(["How to cite / Cómo citar:", *self.lines.values(), ""])

    def manifest(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "reference": self.reference,
            "organisation": self.organisation,
            "title": dict(self.title),
            "cite": self.lines,
        } | ({"terms": dict(self.terms)} if self.terms else {})

    def briefly(self, most: int) -> str:
        """Reference and organisation within so many bytes, for a format that has no more room; no letter is parted."""
        text = f"{self.reference}, {self.organisation}".encode()
        return text[:most].decode(errors="ignore")

    def properties(self, language: str) -> dict[str, str]:
        """What a workbook says of itself: neither an author nor a time."""
        return {"title": self.title[language], "subject": self.reference, "comments": self.line(language)}

    def csl(self) -> bytes:
        """For programs that keep citations (CSL-JSON 1.0): an item a language. The day is that of the data."""
        day = date.fromisoformat(self.data_date)
        items = [
            {
                "id": f"{self.reference}-{language}",
                "type": KINDS[self.product],
                "language": language,
                "title": self.title[language],
                "author": [{"literal": self.organisation}],
                "publisher": self.organisation,
                "number": self.reference,
                "version": self.reference,
                "issued": {"date-parts": [[day.year, day.month, day.day]]},
                "note": self.line(language),
            }
            for language in LANGUAGES
        ]
        return json.dumps(items, ensure_ascii=False, indent=1).encode() + b"\n"
