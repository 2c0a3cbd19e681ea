"""What stands in the text, in its order, before it is a page or a document: headings, paragraphs, grids, pictures."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` 1 is that of a chapter."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph. `note`: the number of the note after it, from 1; 0: none.

    `lead`: what stands before it in the language of the text; `language`: of `text`, empty: not known; None: the same.
    """

    text: str
    note: int = 0
    lead: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it is printed: its first row and the first cell of each other one are headers."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    totals: tuple[int, ...] = ()  # which rows are totals


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart or a map. `alt`: the same for whoever does not see it, with every number that it shows."""

    name: str  # of its files
    title: str
    alt: str
    svg: str = field(repr=False)
    png: bytes = field(repr=False)
    width: int  # in points
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What somebody told, in words that two people signed; `language` is that of the words."""

    who: str
    text: str
    language: str
    note: int = 0


Block = Heading | Paragraph | Points | Grid | Picture | Account


@dataclass(frozen=True, slots=True)
class Story:
    """The whole text in one language. `notes`: the first is note 1."""

    title: str
    subtitle: str
    language: str
    blocks: tuple[Block, ...] = field(repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Its pictures."""
        return tuple(block for block in self.blocks if isinstance(block, Picture))
