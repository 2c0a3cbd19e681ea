"""A page as a browser without a script has it: its forms, with what would be sent."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict

DECLARED = {"declared": "yes"}  # what whoever signs a release or a package ticks


class Typed(MultiDict):
    """Names and values as they would be sent; typing into a field replaces what stood there."""

    def update(self, typed):
        for name, value in typed.items():
            self[name] = value


@dataclass
class Form:
    action: str
    typed: Typed = field(default_factory=Typed)
    buttons: set[tuple[str, str]] = field(default_factory=set)
    choices: dict[str, set[str]] = field(default_factory=dict)  # of each select, radio and checkbox

    def filled(self, deed: str = "") -> Typed:
        """What is sent when this button is pressed."""
        made = Typed(self.typed)
        if deed:
            assert ("deed", deed) in self.buttons, (deed, sorted(self.buttons))
            made["deed"] = deed
        return made


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self._form = Form(said.get("action") or "")
            self.forms.append(self._form)
        if self._form is None:
            return
        name = said.get("name")
        if tag == "input" and name:
            self._input(name, said)
        elif tag == "button" and name:
            self._form.buttons.add((name, said.get("value", "")))
        elif tag == "select" and name:
            self._select = (name, [])
        elif tag == "option" and self._select:
            self._select[1].append((said.get("value", ""), "selected" in said))
        elif tag == "textarea" and name:
            self._area = (name, [])

    def _input(self, name, said):
        kind, value = said.get("type", "text"), said.get("value") or ""
        if kind in ("radio", "checkbox"):
            self._form.choices.setdefault(name, set()).add(value)
            if "checked" not in said:
                return
        self._form.typed.add(name, value)

    def handle_data(self, data):
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select and self._form:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [options[0][0]]
            self._form.typed.add(name, chosen[-1])
            self._form.choices[name] = {value for value, _selected in options}
            self._select = None
        elif tag == "textarea" and self._area and self._form:
            self._form.typed.add(self._area[0], "".join(self._area[1]).removeprefix("\n"))
            self._area = None


def forms(html: str) -> list[Form]:
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def form(html: str, *, having: str) -> Form:
    """The form that has this field or button."""
    for each in forms(html):
        if having in each.typed or having in each.choices or any(having in button for button in each.buttons):
            return each
    raise AssertionError(f"no form has {having}")


def links(html: str, pattern: str) -> list[str]:
    return re.findall(rf'href="({pattern})"', html)


def problems(html: str) -> dict[str, str]:
    """What the page says is wrong: the id of the field, and the sentence beside it."""
    found = re.findall(
        r'<span class="wrong" id="f-([\w-]+?)-wrong\d*">(?:<svg.*?</svg>)?(.*?)</span>', html, re.DOTALL
    )
    return {name: re.sub(r"\s+", " ", sentence).strip() for name, sentence in found}
