"""Every page, in each role that may open it: in the list, without an accessibility fault, on a phone, and small."""

import gzip
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page

from incidents import gate
from incidents.model.vocabulary import Role
from tests import pages
from tests.api.programs import HERE, sessions_of
from tests.browser import DESK, PHONE, served
from tests.pages import NO_PAGES, PAGES, Place, Walk, page_rules
from tests.scene import NOBODY, Scene, scene
from tests.web.walking import STANDARD, arrived, judge

the_scene = scene  # a record of each kind, and somebody in each role
WHOLE = {"type": "tag", "values": STANDARD}
COLOURS = {
    "type": "rule",
    "values": ["color-contrast", "link-in-text-block"],
}  # what day and night may change
MOST = 100_000  # bytes: the page as it is served, and what it is dressed with
PULLED = re.compile(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="(/[^"]+)"')


@pytest.fixture(scope="module")
def walk(the_scene: Scene) -> Walk:
    return pages.walk(the_scene)


@pytest.fixture(scope="module")
def address(walk: Walk) -> Iterator[str]:
    """The app of the scene behind a real address."""
    with served(walk.scene.app) as here:
        yield here


def test_every_address_is_a_page_of_the_list_or_has_its_reason(the_scene):
    known = [rule.endpoint for rule in page_rules(the_scene.app)]
    assert sorted(known) == sorted([*PAGES, *NO_PAGES])


@pytest.mark.slow
def test_no_page_is_larger_than_the_budget_with_all_that_it_pulls_in(walk):
    sizes: dict[str, int] = {}
    for place in walk.places():
        sizes[place.endpoint] = max(sizes.get(place.endpoint, 0), size(walk, place))
    assert {page: found for page, found in sizes.items() if found > MOST} == {}


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("who", [NOBODY, *sorted(Role)])
def test_axe_finds_no_fault_on_any_page_of_the_role_by_day_and_by_night(walk, address, open_page, who):
    page = open_page()
    if who:
        token = sessions_of(getattr(walk.scene.staff, who)).hex()
        cookie = {"name": gate.COOKIE, "value": token, "domain": "localhost", "path": "/"}
        page.context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"}])
    found = {}
    mine = [place for place in walk.places() if place.who == who]
    for place in mine:
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="light")
        answer = page.goto(f"{address}{place.path}")
        arrived(page)
        wrong = [] if answer.status == 200 else [f"answers {answer.status}"]
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [] if wide <= PHONE["width"] else [f"{wide} px wide on a phone"]
        wrong += faults(page)
        page.emulate_media(color_scheme="dark")
        wrong += faults(page, COLOURS)
        page.set_viewport_size(DESK)
        wrong += faults(page)
        page.emulate_media(color_scheme="light")
        wrong += faults(page, COLOURS)
        if wrong:
            found[place.endpoint] = wrong
    assert mine
    assert found == {}


def faults(page: Page, rules: Mapping[str, object] = WHOLE) -> list[str]:
    """What axe says of the page as it stands: the rule, and where."""
    page.evaluate("window.scrollTo(0, 0)")  # what is half under the bar at the top is not too small
    options = {
        "runOnly": rules,
        "preload": False,
        "resultTypes": ["violations"],
    }
    violations = judge(page).run(page, options=options).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in violations for node in each["nodes"]]


def size(walk: Walk, place: Place) -> int:
    """Bytes of the page as a browser gets it that comes from another of ours, and of each file that it pulls in."""
    client = walk.scene.app.test_client()
    if place.who:
        token = sessions_of(getattr(walk.scene.staff, place.who)).hex()
        client.set_cookie(gate.COOKIE, token, secure=True)
    sent, page = answered(client, place.path)
    wanted = {each.replace("&amp;", "&") for each in PULLED.findall(page)}
    evidence = {each for each in wanted if urlsplit(each).path.endswith("/copy")}
    return sent + sum(answered(client, each)[0] for each in wanted - evidence)


def answered(client: FlaskClient, path: str) -> tuple[int, str]:
    """Bytes that are sent, and what they say."""
    headers = {**HERE, "Accept-Encoding": "gzip"}
    answer = client.get(path, headers=headers, base_url="https://localhost", follow_redirects=True)
    assert answer.status_code == 200, (path, answer.status_code)
    packed = answer.headers.get("Content-Encoding") == "gzip"
    whole = gzip.decompress(answer.data) if packed else answer.data
    return len(answer.data), whole.decode(errors="replace")
