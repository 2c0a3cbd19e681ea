"""Somebody who has a keyboard and no mouse: what they press, and what they must find wherever the focus stands.

Nothing here clicks, taps or fills. A page is gone through by Tab until what is looked for has the focus, as the
browser itself calls it; at every stop the focus must be seen, named, and covered by nothing.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Download, Frame, Locator, Mouse, Page, Touchscreen, expect

from tests import make

LIMIT = 500  # stops on one page, before it counts as a trap
SKIP = '<a class="skip"'  # the first stop of every page
MOUSE = {
    Locator: ("check", "click", "clear", "dblclick", "dispatch_event", "drag_to", "fill", "focus", "hover", "press",
              "press_sequentially", "select_option", "set_checked", "set_input_files", "tap", "type", "uncheck"),
    Page: ("check", "click", "dblclick", "dispatch_event", "fill", "focus", "hover", "press", "select_option",
           "set_checked", "set_input_files", "tap", "type", "uncheck"),
    Frame: ("check", "click", "dblclick", "dispatch_event", "fill", "focus", "hover", "press", "select_option",
            "set_checked", "set_input_files", "tap", "type", "uncheck"),
    Mouse: ("click", "dblclick", "down", "move", "up", "wheel"),
    Touchscreen: ("tap",),
}  # fmt: skip

# What a person sees and a screen reader says of the place of the focus; null: it is on nothing of the page.
STOP = """() => {
  const here = document.activeElement;
  if (!here || here === document.body || here === document.documentElement || !document.hasFocus()) return null;
  const said = text => (text || '').replace(/\\s+/g, ' ').trim();
  const labels = Array.from(here.labels || []), fold = here.closest('details');
  const group = here.closest('fieldset');
  const part = here.closest('.part, .question, .item, section') || document.body;
  const faults = [];
  const box = Array.from(here.getClientRects()).find(each => each.width && each.height) || here.getBoundingClientRect();
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  if (bottom <= top || right <= left) faults.push('outside the screen');
  else {
    if (bottom - top < Math.min(box.height, innerHeight / 3) - 1) faults.push('cut off by the edge of the screen');
    const mine = hit => hit && (here.contains(hit) || labels.some(each => each.contains(hit)));
    const inset = Math.min(3, (bottom - top) / 4);
    for (const y of [(top + bottom) / 2, top + inset, bottom - inset]) {
      const hit = document.elementFromPoint((left + right) / 2, y);
      if (!mine(hit)) { faults.push('covered by ' + (hit ? hit.outerHTML.slice(0, 60) : 'nothing')); break; }
    }
  }
  const marked = element => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  };
  const within = !here.matches(':focus'); // the button of a date's calendar: what it looks like is the browser's own
  if (!within && ![here, here.closest('label')].some(each => each && marked(each))) faults.push('no sign of the focus');
  const name = said(here.computedName);
  if (!name) faults.push('no name');
  window.amparoStops = window.amparoStops || new WeakMap();
  if (!window.amparoStops.has(here)) window.amparoStops.set(here, ++window.amparoCount || (window.amparoCount = 1));
  return {
    id: window.amparoStops.get(here), tag: here.localName, kind: here.type || '', role: here.computedRole, name: name,
    group: group ? said((group.querySelector(':scope > legend') || {}).textContent) : '',
    part: said((part.querySelector('h2, h3, legend') || {}).textContent),
    value: here.localName === 'select' ? said(here.selectedOptions[0]?.text) : (here.value ?? ''),
    checked: Boolean(here.checked), open: Boolean(fold && fold.open), faults: faults,
    html: here.outerHTML.slice(0, 160),
  };
}"""
# What Tab has to reach: everything that can be seen and used, but one of each group of radio buttons.
REACHABLE = """() => {
  const groups = new Set(), found = [];
  const all = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  for (const each of document.querySelectorAll(all)) {
    if (each.disabled || each.tabIndex < 0 || !each.checkVisibility({ visibilityProperty: true })) continue;
    if (each.type === 'radio') {
      const name = (each.form ? each.form.action : '') + each.name;
      if (groups.has(name)) continue;
      groups.add(name);
    }
    found.push(each);
  }
  return found.length;
}"""


@dataclass(frozen=True)
class Stop:
    """Where the focus stands, as it is seen and said."""

    id: int
    tag: str
    kind: str
    role: str
    name: str
    group: str
    part: str
    value: str
    checked: bool
    open: bool
    faults: list[str]
    html: str


def no_mouse(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on whatever is done by a mouse, a finger or behind the page's back fails the test."""

    def refused(*_given: Any, **_named: Any) -> None:
        raise AssertionError("done without the keyboard")

    for thing, deeds in MOUSE.items():
        for deed in deeds:
            monkeypatch.setattr(thing, deed, refused)


class Hands:
    """Two hands on the keyboard of one page. What is wrong at a stop is kept, for `nothing_was_wrong`."""

    def __init__(self, page: Page) -> None:
        self.page, self.wrong, self.stops = page, {}, 0
        # Asked for from the beginning: the browser hears of it some time after it is asked, and a key may come sooner.
        page.on("filechooser", lambda _chooser: None)
        page.add_init_script(
            "for (const kind of ['pointerdown', 'mousedown', 'touchstart'])"
            " addEventListener(kind, () => console.error('a mouse was used'), true);"
        )

    # -- looking

    def where(self) -> Stop | None:
        found = self.page.evaluate(STOP)
        return Stop(**found) if found else None

    def _look(self) -> Stop | None:
        stop = self.where()
        self.stops += 1
        if stop and stop.faults:
            self.wrong[
                re.sub(
                    r"[0-9a-f-]{36}", "…", f"{self.page.url.partition('//')[2].partition('/')[2]} {stop.html}"
                )
            ] = stop.faults
        return stop

    def nothing_was_wrong(self) -> None:
        assert self.stops
        assert not self.wrong, "\n".join(f"{where}: {what}" for where, what in self.wrong.items())

    # -- keys

    def tab(self, *, back: bool = False) -> Stop | None:
        """The next stop; None where the focus left the page, as it has to at its end."""
        self.page.keyboard.press("Shift+Tab" if back else "Tab")
        return self._look()

    def press(self, key: str = "Enter") -> None:
        self.page.keyboard.press(key)

    def reach(
        self,
        name: str | re.Pattern[str],
        role: str = "",
        *,
        group: str = "",
        part: str = "",
        back: bool = False,
    ) -> Stop:
        """Tab until this has the focus: an element of this name, as the browser computes it."""
        seen, lost = [], 0
        for _each in range(LIMIT):
            stop = self.tab(back=back)
            if stop is None:
                lost += 1
                assert lost < 3, f"{name!r} of {role!r} is reached by no Tab on {self.page.url}: {seen}"
                continue
            seen.append(stop.name)
            if self._is(stop, name, role, group, part):
                return stop
        raise AssertionError(f"{name!r} was not reached in {LIMIT} stops on {self.page.url}: {seen}")

    @staticmethod
    def _is(stop: Stop, name: str | re.Pattern[str], role: str, group: str, part: str) -> bool:
        named = stop.name.startswith(name) if isinstance(name, str) else bool(name.search(stop.name))
        return (
            named and role in ("", stop.role, stop.tag) and stop.group.startswith(group) and part in stop.part
        )

    def follow(self, name: str | re.Pattern[str], role: str = "", **which: Any) -> None:
        """Reach it, press Enter, and be on the page it leads to."""
        self.reach(name, role, **which)
        with self.page.expect_navigation():
            self.press()
        self.arrived()

    def arrived(self) -> None:
        """The page is there. What went wrong has the focus; else it begins at its top."""
        self.page.wait_for_load_state()
        self.page.locator("main h1").first.wait_for()

    # -- fields

    def write(self, label: str, text: str, **which: Any) -> None:
        stop = self.reach(label, **which)
        assert stop.tag in ("input", "textarea"), stop
        self.page.keyboard.insert_text(text) if stop.tag == "textarea" else self.page.keyboard.type(text)

    def choose(self, group: str, option: str, **which: Any) -> None:
        """One of several radio buttons: Tab leads into the group, the arrows go along it."""
        stop = self.reach("", "radio", group=group, **which)
        first = stop
        while stop.name.split(" ")[: len(option.split(" "))] != option.split(" "):
            self.press("ArrowDown")
            stop = self._look()
            assert stop is not None
            assert stop.id != first.id, f"{option!r} is none of {group!r}"
        if not stop.checked:
            self.press("Space")
            stop = self._look()
        assert stop is not None
        assert stop.checked, stop

    def tick(self, name: str, **which: Any) -> None:
        assert not self.reach(name, "checkbox", **which).checked
        self.press("Space")
        after = self.where()
        assert after is not None
        assert after.checked

    def pick(self, label: str, option: str, **which: Any) -> None:
        """One of a list, by the arrows: the list stays closed."""
        stop = self.reach(label, "combobox", **which)
        # What a list holds may depend on what was just chosen elsewhere, and then comes from the server a moment later.
        offered = self.page.locator("select:focus option", has_text=re.compile(rf"^\s*{re.escape(option)}"))
        expect(offered).not_to_have_count(0)
        before = None
        while not stop.value.startswith(option):
            assert stop.value != before, f"{option!r} is not in the list of {label!r}"
            before = stop.value
            self.press("ArrowDown")
            found = self.where()
            assert found is not None
            stop = found

    def unfold(self, name: str, **which: Any) -> None:
        stop = self.reach(name, "summary", **which)
        if not stop.open:
            self.press()

    def attach(self, label: str, file: Path) -> None:
        """A file, chosen where the system shows its own: the way there is a key."""
        self.reach(label, "button")
        with self.page.expect_file_chooser() as chooser:
            self.press("Space")
        chooser.value.set_files(file)

    # -- whole pages

    def skip(self) -> None:
        """The first stop of a page leads past its bar and its menu."""
        stop = self.where() or self.tab()
        assert stop is not None
        assert stop.html.startswith(SKIP), stop
        self.press()
        inside = self.tab()
        assert inside is not None
        assert self.page.evaluate("document.activeElement.closest('main') !== null"), inside

    def by_menu(self, name: str) -> None:
        """A page of the menu: beside the page, or, where there is little room, behind a button."""
        if self.page.viewport_size["width"] < 768:
            self.reach("Menu", "button")
            self.press()
        self.follow(name, "link")

    def walk_through(self) -> int:
        """From the top to the end and out: nothing holds the focus, and nothing that can be used is left out."""
        wanted, met = self.page.evaluate(REACHABLE), []
        for _each in range(
            3 * wanted + 20
        ):  # a date has three stops of its own; the first lap may begin in the middle
            stop = self.tab()
            if stop and stop.id not in met:
                met.append(stop.id)
            if len(met) == wanted and (stop is None or stop.html.startswith(SKIP)):
                break
        assert len(met) == wanted, f"{self.page.url}: {wanted} can be used, {len(met)} are reached"
        assert stop is None or stop.html.startswith(SKIP), f"no way out of {self.page.url}"
        return wanted

    def download(self, name: str) -> Download:
        self.reach(name, "button")
        with self.page.expect_download() as downloading:
            self.press()
        return downloading.value

    def sign_in(self, site: str, name: str) -> None:
        self.page.goto(f"{site}/sign-in")
        self.arrived()
        self.write("Name", name)
        self.write("Passphrase", make.PASSPHRASE)
        self.follow("Sign in", "button")


@pytest.fixture
def hands(site, open_page, staff, monkeypatch):
    """Somebody signed in by typing, with nothing but a keyboard: `hands(staff.reviewer)`."""
    no_mouse(monkeypatch)
    made = []

    def of(member: make.Member, **options) -> Hands:
        one = Hands(open_page(**options))
        one.page.expected += [
            "htmx:sendAbort",
            "htmx:afterRequest",
        ]  # the next key was pressed before the answer came
        one.sign_in(site, member.name)
        made.append(one)
        return one

    yield of
    for one in made:
        one.nothing_was_wrong()
