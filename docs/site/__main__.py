"""Writes the documents as pages into `site/`, with the list of the first as the menu. A dead link stops it."""

import re
import shutil
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import urldefrag

from markdown_it import MarkdownIt
from markdown_it.token import Token

from config import HERE

DOCS = HERE / "docs"
FRAME = Path(__file__).with_name("page.html").read_text("utf-8")
STYLE = Path(__file__).with_name("site.css")
FIRST = "index.md"
OTHERS = ("README.md", "SECURITY.md", "benchmarks/results.md")  # of the house, that the documents lead to
PICTURES = {".png", ".webp"}
ELSEWHERE = re.compile(r"^[a-z]+:|^#")


def main(folder: Path = HERE / "site") -> int:
    """The site in `folder`, which is emptied first; 1, and what is wrong, where a link leads nowhere."""
    pages = {path: Document(path) for path in sources()}
    broken = list(_broken(pages))
    for each in broken:
        sys.stderr.write(f"{each}\n")
    if broken:
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    menu = pages[DOCS / FIRST]
    for path, page in pages.items():
        target = folder / address(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * (len(address(path).parts) - 1)
        filled = {"title": page.title, "up": up, "menu": _moved(menu.menu(), up), "main": page.html}
        target.write_text(_filled(filled), "utf-8")
    for picture in sorted(path for path in DOCS.glob("*/*") if path.suffix in PICTURES):
        target = folder / picture.relative_to(DOCS)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(picture, target)
    shutil.copyfile(STYLE, folder / STYLE.name)
    shutil.copyfile(HERE / "static" / "mark.svg", folder / "mark.svg")
    sys.stdout.write(f"{len(pages)} pages in {folder}: open {folder / 'index.html'}\n")
    return 0


def _filled(parts: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda name: parts[name[1]], FRAME)


def sources() -> list[Path]:
    """Every document, in the order of their names."""
    return sorted(DOCS.rglob("*.md")) + [HERE / name for name in OTHERS]


def address(path: Path) -> Path:
    """Where a document stands in the site: `docs/` falls away, a README is the first page of its folder."""
    inside = path.relative_to(DOCS) if path.is_relative_to(DOCS) else path.relative_to(HERE)
    if inside.name == "README.md":
        return inside.with_name("about.html" if inside.parent == Path() else "index.html")
    return inside.with_suffix(".html")


class Document:
    """One document: its tokens, where its headings are, what it leads to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reader = MarkdownIt("commonmark").enable("table")
        self.tokens = self.reader.parse(path.read_text("utf-8"))
        self.anchors: list[str] = []
        self.title = path.stem
        self.targets: list[str] = []
        for heading, words in zip(self.tokens, self.tokens[1:], strict=False):
            if heading.type == "heading_open":
                self._name(heading, words)
        for token in self._inline():
            self._lead(token)

    @property
    def html(self) -> str:
        return str(self.reader.renderer.render(self.tokens, self.reader.options, {}))

    def menu(self) -> str:
        """Headings and lists of this document, as the menu of every page."""
        begin = next(at for at, token in enumerate(self.tokens) if token.tag == "h2")
        return str(self.reader.renderer.render(self.tokens[begin:], self.reader.options, {}))

    def _name(self, heading: Token, words: Token) -> None:
        text = "".join(each.content for each in words.children or ())
        if heading.tag == "h1":
            self.title = escape(text)
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        again = sum(1 for each in self.anchors if re.fullmatch(rf"{re.escape(name)}(-\d+)?", each))
        self.anchors.append(f"{name}-{again}" if again else name)
        heading.attrSet("id", self.anchors[-1])

    def _inline(self) -> Iterator[Token]:
        for token in self.tokens:
            yield from token.children or ()

    def _lead(self, token: Token) -> None:
        """A link between documents becomes one between pages; to a file of the program it becomes its name."""
        attribute = {"link_open": "href", "image": "src"}.get(token.type)
        if attribute is None:
            return
        link = str(token.attrGet(attribute))
        if link.startswith("#"):
            self.targets.append(f"{self.path}{link}")
        if ELSEWHERE.match(link):
            return
        plain, anchor = urldefrag(link)
        aim = (self.path.parent / plain).resolve()
        self.targets.append(f"{aim}#{anchor}" if anchor else str(aim))
        if aim.suffix in {".md", *PICTURES}:
            shown = address(aim) if aim.suffix == ".md" else aim.relative_to(DOCS)
            up = "../" * (len(address(self.path).parts) - 1)
            token.attrSet(attribute, f"{up}{shown.as_posix()}{'#' + anchor if anchor else ''}")
        else:
            token.attrSet("class", "file")
            token.attrs.pop(attribute, None)  # the program's own files are no part of the site


def _broken(pages: dict[Path, Document]) -> Iterator[str]:
    for path, page in pages.items():
        for target in page.targets:
            name, anchor = urldefrag(target)
            aim = Path(name)
            if not aim.exists():
                yield f"{path.relative_to(HERE)}: nothing is at {aim}"
            elif aim.suffix == ".md" and aim not in pages:
                yield f"{path.relative_to(HERE)}: {aim} is no page of the site"
            elif anchor and aim in pages and anchor not in pages[aim].anchors:
                yield f"{path.relative_to(HERE)}: {aim.name} has no heading #{anchor}"


def _moved(html: str, up: str) -> str:
    """The menu as it reads from a page further down."""
    return re.sub(r'href="(?![a-z]+:|#)', f'href="{up}', html)


if __name__ == "__main__":
    sys.exit(main())
