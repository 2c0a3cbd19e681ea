"""The pictures in docs/pages: every page, by day and by night, on a phone and on a desk, in two languages.

`./run pictures pages` fills an instance with the demo's invented incidents and one record of each kind, and looks at
each page of the list. What looks the same as before is left as it is.
"""

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from config import HERE, Settings
from incidents import gate, jobs, search
from incidents.cli import demo, invented, printed
from incidents.intake import editing
from incidents.model.base import db
from incidents.model.release import Release
from incidents.model.vocabulary import Role
from incidents.web import language as screen
from incidents.work import Work
from tests import browser, make, pages, pictures
from tests.api.programs import sessions_of, start, stop
from tests.pages import Place, Walk
from tests.scene import Scene, made_of, records_of, tokens_of

FOLDER = HERE / "docs" / "pages"
INDEX = FOLDER / "index.md"
WIDTHS = {"360": browser.PHONE, "1280": browser.DESK}
SCHEMES = ("light", "dark")
LANGUAGES = {"en": "en-US", "es": "es-MX"}  # and what the browser speaks, which words its own buttons
KINDS = list(product(LANGUAGES, WIDTHS, SCHEMES))
HIGHEST = 1600  # pixels of a page that are seen; a longer one goes on below
WIDE = 1000  # pixels of a picture
MADE = (
    "Spanish: made by `./run pictures pages` of an instance in which everybody and everything is invented. "
    "A page that is longer than a picture goes on below it."
)
QUALITY = 30  # of WebP: every word can be read
LARGEST = 250_000  # bytes of one
FOLDER_MOST = 25_000_000  # of all of them
PATIENCE = 120_000  # milliseconds
# Who of the demo stands for whom in the scene.
PEOPLE = {
    "second": demo.SECOND,
    "reviewer": demo.TAKES_IN,
    "analyst": demo.ANALYST,
    "field_researcher": demo.WRITERS[0],
    "administrator": "Sabino",
    "auditor": "Tilo",
}
MORE_PEOPLE = (demo.DECIDES, demo.WRITERS[1])
# Whose page is shown, where several see one; the home page is shown of each.
FIRST = ("reviewer", "analyst", "coordinator", "field_researcher", "administrator", "auditor")
OTHERWISE = {
    "account.setup_shares": "coordinator",
    "members": "coordinator",
    "policies": "coordinator",
    "report": "field_researcher",
    "talk.answer": "field_researcher",
}
OF_EACH = "home.show"
STORY = (
    "Nos bajaron del camión junto a la gasolinera abandonada y nos pidieron los papeles. Dijeron que había que pagar "
    "para seguir. Nos tuvieron nueve días en un cuarto sin ventana; éramos catorce."
)
SUMMARY = "Held for nine days in a room without a window, with thirteen others; set free after a payment."
TELLER = {
    "name": "Estela Encinares (inventada)",
    "other_names": "La Güera",
    "phone": "+52 664 555 0183",
    "address": "Callejón de los Faroles 12",
    "documents": "INV-900101",
}


@dataclass(frozen=True)
class Team:
    """Those of the demo, as it asks for them."""

    members: Mapping[str, make.Member]

    def work(self, name: str) -> AbstractContextManager[Work]:
        return self.members[name].work()


def name_of(place: Place) -> str:
    """What the pictures of this page are called."""
    name = place.endpoint.replace(".", "-").replace("_", "-")
    return f"{name}-{place.who.replace('_', '-')}" if place.endpoint == OF_EACH else name


def file_of(name: str, kind: tuple[str, str, str]) -> str:
    return f"{name}.{'-'.join(kind)}.webp"


def names() -> list[str]:
    """Of all pages, in the order of the list."""
    each = {OF_EACH: sorted(Role)}
    return [name_of(Place(page, who, "")) for page in pages.PAGES for who in each.get(page, [""])]


def shown(places: list[Place]) -> list[Place]:
    """Each page once, as whoever sees most of it does."""
    found: dict[str, Place] = {}
    for place in places:
        key = name_of(place)
        wanted = OTHERWISE.get(place.endpoint, OTHERWISE.get(place.endpoint.partition(".")[0]))
        rank = lambda each: (each.who != wanted, each.who not in FIRST or FIRST.index(each.who))  # noqa: B023, E731 – asked at once
        if key not in found or rank(place) < rank(found[key]):
            found[key] = place
    return list(found.values())


def main(only: list[str]) -> None:
    """Make them all, or those of the pages that are named."""
    now = {"language": "en"}
    screen.chosen = lambda: now["language"]
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, populated(Path(folder)) as walk:
        places = [each for each in shown(walk.places()) if not only or name_of(each) in only]
        with browser.served(walk.scene.app) as address, sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=browser.program(), args=browser.ARGUMENTS)
            titles: dict[str, list[str]] = {}
            for now["language"], locale in LANGUAGES.items():
                for place in places:
                    page = opened(chromium, walk.scene, place, locale)
                    titles.setdefault(name_of(place), []).append(taken(page, address, place, now["language"]))
                    page.context.close()
            chromium.close()
    if not only:
        wanted = {file_of(name, kind) for name in titles for kind in KINDS} | {INDEX.name}
        for path in FOLDER.iterdir():
            if path.name not in wanted:
                path.unlink()
        INDEX.write_text(index(places, titles), "utf-8")


def opened(chromium: Browser, scene: Scene, place: Place, locale: str) -> Page:
    context = chromium.new_context(
        viewport=browser.PHONE, reduced_motion="reduce", service_workers="block", locale=locale
    )
    if place.who:
        token = sessions_of(getattr(scene.staff, place.who)).hex()
        cookie = {"name": gate.COOKIE, "value": token, "domain": "localhost", "path": "/"}
        context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def taken(page: Page, address: str, place: Place, language: str) -> str:
    """The four pictures of a page in one language; its title."""
    answer = page.goto(f"{address}{place.path}")
    if answer is None or answer.status != 200:
        sys.exit(f"{place.endpoint} of {place.who} is not there: {answer and answer.status}")
    page.locator("main").first.wait_for()
    for width, size in WIDTHS.items():
        page.set_viewport_size(size)
        high = page.evaluate("document.documentElement.scrollHeight")
        # As high as the page: what keeps to the edge of the screen stands at its end.
        page.set_viewport_size({**size, "height": max(min(high, HIGHEST), size["height"])})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            kept(FOLDER / file_of(name_of(place), (language, width, scheme)), page.screenshot())
    return page.title().removesuffix(" · Amparo")


def kept(path: Path, content: bytes) -> None:
    """Small; the one that is there stays where this one looks the same."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    if image.width > WIDE:
        image = image.resize((WIDE, round(image.height * WIDE / image.width)), Image.Resampling.LANCZOS)
    if path.exists() and pictures.alike(Image.open(path).convert("RGB"), image):
        return
    image.save(path, "WEBP", quality=QUALITY, method=4)
    print(f"{path.name}: {path.stat().st_size}", file=sys.stderr)  # noqa: T201 – a program at the terminal


# -- the instance


@contextmanager
def populated(folder: Path) -> Iterator[Walk]:
    """The demo's incidents, and beside them the scene that the tests walk: everybody and everything invented."""
    make.ORGANISATION, make.FOUNDER = demo.ORGANISATION, demo.COORDINATOR
    make.CANARY_NARRATIVE = STORY
    make._REPORT.update(narrative=STORY, summary=SUMMARY)
    make._REPORT["persons"][0]["identity"] = TELLER
    make._REPORT["persons"][1]["identity"] = {"name": "Nazario Fresnedo (inventado)"}
    template = make.Template.make(folder / "founded", make.database_file(folder / "founded"))
    home = folder / "instance"
    template.copy(home, make.database_file(home)).close()
    settings = Settings(
        instance=home,
        database_url=make.database_file(home),
        keys_file=home / "keys.db",
        pepper_file=home / "pepper",
        boot_key_file=home / "boot" / "boot.key",
        checkpoints=None,
        timezone="UTC",
    )
    app = start(settings)
    with app.app_context():
        house = app.extensions["house"]
        founder = template.founder_in(house)
        names = [*PEOPLE.values(), *MORE_PEOPLE]
        members = {name: make.member(house, founder, name, *demo.STAFF[name]) for name in names}
        team: Any = Team({demo.COORDINATOR: founder, **members})
        told = invented.reports(demo.SERVED)
        quotes = printed.on_the_shelf(team, told, demo.drive(team, told))
        demo.look_alive(team, quotes)
        staff = SimpleNamespace(coordinator=founder, **{who: members[name] for who, name in PEOPLE.items()})
        records = dict((
            *records_of(staff), *tokens_of(staff), *made_of(staff)
        ))  # fmt: skip
        records["release", "shared"] = _release()
        records["sought", "reviewer"] = _sought(staff.reviewer)
        _mended(staff.second, records["incident", "shared"])
    walk = pages.walk(Scene(app, staff, records))
    walk.more["talk.answer", "field_researcher"] = {"id": records["told", "shared"]}
    walk.more["release.preview", ""] = {"policy": demo.POLICY, **demo.TAKES[demo.POLICY]}
    yield walk
    stop(app)
    shutil.rmtree(home)


def _release() -> UUID:
    """The one of rows, which is signed."""
    rows = db.session.scalars(select(Release).order_by(Release.reference))
    return next(row.id for row in rows if row.policy == demo.POLICY)


def _sought(member: make.Member) -> UUID:
    """A search that finds somebody."""
    with member.work() as work:
        job = jobs.start(work, search.PEOPLE, {"reason": "contact"}, {"name": TELLER["name"]}).id
    while jobs.run_waiting(member.house):
        pass
    return job


def _mended(member: make.Member, incident: UUID) -> None:
    """When and where it was, which the edit of the scene took away."""
    told = make._REPORT["incident"]
    with member.work() as work:
        row = search.incident(work, incident)
        editing.edit(work, row, row.version, {**told, "time": "16:30"}, "It stands in the report.")


# -- the page that shows them


def index(places: list[Place], titles: Mapping[str, list[str]]) -> str:
    """All pages in the order of the list: one picture, and links to the other seven."""
    lines = [
        "# Every page in pictures",
        "",
        f"{len(places)} pages, each by day and by night, on a phone (360 pixels) and on a desk (1280), in English and "
        + MADE,
        "",
    ]
    for place in places:
        name = name_of(place)
        english, spanish = titles[name]
        others = ", ".join(f"[{' '.join(kind)}]({file_of(name, kind)})" for kind in KINDS[1:])
        who = f" As {place.who.replace('_', ' ')}." if place.who else ""
        lines += [
            f"## {english} · `{place.endpoint}`",
            "",
            f"*{spanish}.*{who} {others}",
            "",
            f"![{english}, by day, on a phone, in English]({file_of(name, KINDS[0])})",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
