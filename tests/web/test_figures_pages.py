"""Figures: what they count is what the lists show; and whoever may open no fact learns nothing by asking otherwise."""

import itertools
import random
import re
from collections import Counter
from datetime import timedelta
from html import unescape

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from incidents import jobs, search
from incidents.errors import Conflict, NotAllowed
from incidents.model.figures import Freeze
from incidents.model.job import Job
from incidents.model.vocabulary import JobState, Role
from incidents.release import policy, weekly
from incidents.release.free import Free
from incidents.release.tables import audit, cells, edition, lines, merging, protect
from incidents.safeguards.access import GRANTS, KEYS, Permission
from incidents.work import Compartment
from tests import make
from tests.release.test_publish import person, story, tell
from tests.release.test_signing import elsewhere
from tests.statements import asked_of_databases
from tests.web.walking import look_at_both, signed_in

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
WITHOUT = ("researcher", "administrator", "auditor")  # the grant of `facts`
WITH = ("reviewer", "analyst", "second")
STATES = ("MX-TAM", "MX-BCN", "MX-CHH", "MX-SON")
P = Permission


def invented(seed: int, count: int) -> list[dict]:
    """Incidents of a few states, acts, months and perpetrators."""
    draw = random.Random(seed)
    return [
        story(
            month=f"2026-0{draw.choice('1345')}",
            incident={
                "moment": {"edtf": f"2026-0{draw.choice('1345')}", "precision": "MON"},
                "place": {"country": "MEX", "state": draw.choice(STATES)},
            },
            acts=[
                {"key": "a1", "type": draw.choice(("KID", "EXT", "ROB")), "status": "C"},
                *([{"key": "a2", "type": "EXT", "status": "A"}] if draw.random() < 0.3 else []),
            ],
            perpetrators=[{"type": draw.choice(("CRG", "PMU", "UNI"))}],
            persons=[person()],
        )
        for _number in range(count)
    ]


def numbers(page: str) -> list[tuple[str, int]]:
    """Address and number of every figure that leads somewhere."""
    found = re.findall(r'<td><a href="([^"]+)" aria-label="[^"]*">(\d+)</a></td>', page)
    return [(unescape(url), int(number)) for url, number in found]


def test_every_figure_is_as_large_as_the_list_behind_it(browser_for, staff):
    tell(staff, invented(1, 14))
    tell(staff, invented(2, 3), verified=False)
    browser = browser_for("reviewer")
    shown = numbers(browser.get("/figures/").text)
    assert len(shown) > 10
    for url, number in shown:
        listed = browser.get(f"{url}&size=100").text
        assert len(set(re.findall(r">(I-[0-9A-Z-]+)<", listed))) == number, url


def test_acts_are_counted_as_somebody_would_who_opens_each(browser_for, staff):
    documents = invented(3, 12)
    tell(staff, documents)
    by_type = Counter(act["type"] for each in documents for act in each["acts"])
    by_state = Counter(each["incident"]["place"]["state"] for each in documents for _act in each["acts"])
    for who in (staff.reviewer, staff.analyst):
        with who.work() as work:
            found = search.live(work)
        assert {row.code: row.acts for row in found.axes["act"]} == by_type
        assert {row.code: row.acts for row in found.axes["state"]} == by_state
        assert {row.code: row.acts for row in found.axes["verification"]} == {"CRE": sum(by_type.values())}
        assert found.acts == sum(by_type.values())
        assert found.incidents == len(documents)


def test_an_analyst_sees_numbers_and_no_way_to_the_records(browser_for, staff):
    tell(staff, invented(4, 6))
    shown = browser_for("analyst").get("/figures/").text
    assert "By state" in shown
    assert "/incidents/?" not in shown


def test_the_statements_of_the_page_do_not_grow_with_the_records(app, browser_for, staff):
    browser = browser_for("reviewer")
    tell(staff, invented(5, 3))
    browser.get("/figures/")
    with asked_of_databases(app) as few:
        browser.get("/figures/")
    tell(staff, invented(6, 12))
    with asked_of_databases(app) as many:
        browser.get("/figures/")
    assert len(few) == len(many)


# -- frozen


def frozen(staff) -> dict:
    with staff.analyst.work() as work:
        return weekly.freeze(work).counts


def test_no_count_below_five_and_none_nearer_than_five_is_frozen(staff):
    tell(staff, invented(7, 30))
    counts = frozen(staff)
    said = [value for rows in counts["axes"].values() for _code, value in rows] + [counts["whole"]]
    assert {"month", "act", "state", "perpetrator", "verification"} == counts["axes"].keys()
    for value in said:
        assert value in (cells.OUT, "(not shown)") or re.fullmatch(r"\d+–\d+", value), value
        if "–" in value:
            first, last = map(int, value.split("–"))
            assert first % 5 == 0
            assert last == first + 4


@pytest.mark.parametrize("seed", [11, 12])
def test_what_lies_beneath_a_freeze_cannot_be_worked_out(staff, seed):
    """By the solver of the audit, which shares nothing with what hides: of a small cell all of 1 … 4 stays possible."""
    tell(staff, invented(seed, 26))
    with staff.analyst.work() as work:
        rules = policy.load(weekly.POLICY)
        made = edition.only_free(lines.told(work, rules, {}), rules, [Free(axis) for axis in weekly.AXES])
        shown = protect.protect(made.counted, protect.Rules("A")).shown
        kept = weekly.counted(work)
    small = [key for key, count in made.counted.counts.items() if 0 < count < 5]
    assert small
    for key, interval in audit.intervals(shown, small).items():
        assert interval.low <= 1, key
        assert interval.high is None or interval.high >= 4, key
    for table in made.counted.tables:  # what is kept says no more than what was audited
        told = dict(kept["axes"][table.rows.name])
        for code, said in told.items():
            value = shown.values.get(table.cells[code, cells.ALL], cells.OUT)
            assert said in (weekly.in_fives(value), "(not shown)")


def ends(value: str) -> tuple[int, int] | None:
    """What a reader knows of a count."""
    if "–" not in value:
        return None
    first, last = value.split("–")
    return int(first), int(last)


def test_two_freezes_side_by_side_do_not_tell_where_one_new_incident_went(staff):
    tell(staff, invented(13, 31))
    with staff.analyst.work() as work:
        before = weekly.counted(work)
    tell(staff, invented(15, 1))
    with staff.analyst.work() as work:
        after = weekly.counted(work)
    for axis, rows in after["axes"].items():
        earlier = dict(before["axes"][axis])
        for code, value in rows:
            now, then = ends(value), ends(earlier.get(code, "…"))
            if now and then:
                least, most = now[0] - then[1], now[1] - then[0]
                assert least <= 0 or most >= 5, (axis, code)  # never one to four, and never known to be one


def test_a_freeze_stands_for_a_week_and_only_those_who_count_make_one(staff, house):
    tell(staff, invented(14, 8))
    frozen(staff)
    with staff.second.work() as work, pytest.raises(weekly.FrozenLately):
        weekly.freeze(work)
    for who in ("researcher", "reviewer", "administrator", "auditor"):
        with getattr(staff, who).work() as work, pytest.raises(NotAllowed):
            weekly.freeze(work)
    with make.behind(house) as data:
        day = data.execute(select(Freeze.frozen_on)).scalar_one()
        data.execute(update(Freeze).values(frozen_on=day - timedelta(days=7)))
    with staff.second.work() as work:
        assert work.db.scalars(select(Freeze)).one().frozen_on == day - timedelta(days=7)


def test_a_freeze_as_long_work_that_is_asked_to_stop_is_not_called_failed(staff, house, monkeypatch):
    kind = jobs.Kind(weekly.KIND, weekly.COMPARTMENTS, weekly.run)
    monkeypatch.setitem(jobs.registry, weekly.KIND, kind)
    tell(staff, invented(14, 8))
    with staff.analyst.work() as work:
        id = jobs.start(work, weekly.KIND, {}).id
    while jobs.run_waiting(house, stopping=lambda: True):
        pass
    house.db().rollback()
    assert house.db().get(Job, id, populate_existing=True).state == JobState.DONE
    assert house.db().query(Freeze).count() == 1


def test_of_two_freezes_at_once_one_is_kept(staff, house):
    tell(staff, invented(14, 8))
    with staff.analyst.work() as work:
        weekly.freeze(work)
        elsewhere(house, staff.second, weekly.freeze)
        with pytest.raises(Conflict):
            work.commit()
    assert house.db().query(Freeze).count() == 1


# -- nobody without the grant infers a cell


@pytest.mark.usefixtures("template")
def test_whoever_may_see_a_live_count_holds_the_key_of_facts():
    """By the page of permissions: no role reaches a list, a count or a table of facts without their key."""
    counting = {
        P.INCIDENT_READ, P.INTERVIEW_COUNT, P.CODING_READ, P.REVIEW_DECIDE, P.RELEASE_PREPARE, P.RELEASE_SIGN,
        P.RELEASE_DOWNLOAD, P.REPORT_TAKE_IN, P.TASK_DO, P.IMPORT_DO, P.DATA_EXPORT, P.SHARING_PREPARE,
        P.CONSENT_RECORD, P.ERASURE_DO, P.CODING_DRAW, P.SHARING_SIGN,
    }  # fmt: skip
    for role in Role:
        if GRANTS[role] & counting:
            assert Compartment.FACTS in KEYS[role], role


def pages(app) -> list[str]:
    """Every address that is read and names no record."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.arguments and rule.endpoint != "static"
    )


FILTERS = st.sampled_from(
    [
        *((facet, code) for facet, code in (
            ("act", "KID"), ("act", "EXT"), ("state", "MX-TAM"), ("state", "MX-BCN"), ("month", "2026-01"),
            ("month", "2026-03"), ("perpetrator", "PMU"), ("year", "2026"), ("gender", "F"), ("country", "MEX"),
        )),
        ("verification", "CRE"), ("verification", "REC"), ("handling", "open"), ("from", "2026-01-01"),
        ("to", "2026-12-31"), ("sort", "oldest"), ("size", "25"), ("count", "all"), ("limit", "1"),
        ("filter.act", "KID"), ("state", "nowhere"),
    ]
)  # fmt: skip
UNKNOWN_FIELD = 422
PAGING = {"limit", "size"}
# What moves although nobody is told a cell: the length of the trail, what one sent oneself, and who the members are.
LIVE = {
    "administrator": {"/", "/api/v1/members"},
    "auditor": {"/", "/api/v1/members"},
    "researcher": {"/", "/reports/", "/api/v1/reports"},
}
VOLATILE = re.compile(r'name="writer" value="[^"]*"|fault_id[^<]*')


def asked(browser, path: str, wanted: tuple[tuple[str, str], ...]) -> tuple[int, str]:
    """What an address says; its own address, which some pages repeat, taken out."""
    query = "&".join(f"{name}={value}" for name, value in wanted)
    answer = browser.get(f"{path}?{query}" if query else path)
    text = VOLATILE.sub("", answer.text)
    for each in (query, query.replace("&", "&amp;")):
        text = text.replace(f"?{each}", "") if each else text
    return answer.status_code, text


def test_no_pair_of_filters_tells_whoever_lacks_the_grant_anything(app, browser_for, staff):
    """A property over pairs of filters, for every page and every address of the API that such a role may read.

    With one filter, with another and with both, the answer is what it is without any: no difference, so nothing to
    subtract; and it is the same when there is one incident more, so that nothing live is in it.
    """
    tell(staff, invented(21, 9))
    frozen(staff)
    browsers = {who: browser_for(who) for who in WITHOUT}
    skipped = {"/trail", "/api/v1/trail", "/healthz", "/readyz"}  # the trail: see the next test
    readable = {
        who: [p for p in pages(app) if p not in skipped and browser.get(p).status_code == 200]
        for who, browser in browsers.items()
    }
    assert all("/figures/" in found and "/" in found for found in readable.values())
    assert not any("/incidents/" in found or "/interviews/" in found for found in readable.values())

    plain = {(who, path): asked(browsers[who], path, ()) for who in WITHOUT for path in readable[who]}

    @settings(
        max_examples=6,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @example(pair=(("act", "KID"), ("state", "MX-TAM")))
    @example(pair=(("limit", "1"), ("size", "25")))
    @given(pair=st.tuples(FILTERS, FILTERS))
    def holds(pair):
        for who, browser in browsers.items():
            for path in readable[who]:
                for wanted in ((pair[0],), (pair[1],), pair):
                    answer = asked(browser, path, wanted)
                    if path in LIVE[who] and PAGING & {name for name, _value in wanted}:
                        continue  # of what one sent oneself, or of the members, a shorter page
                    # The API refuses a field that it does not know, before it looks at anything.
                    assert answer == plain[who, path] or answer[0] == UNKNOWN_FIELD, (who, path, wanted)

    holds()
    tell(staff, invented(22, 3))
    for who, browser in browsers.items():
        for path in readable[who]:
            if path not in LIVE[who]:
                assert asked(browser, path, ()) == plain[who, path], (who, path)


def test_the_pages_that_count_refuse_them_whatever_is_asked(app, browser_for, staff):
    tell(staff, invented(23, 4))
    counting = (
        "/incidents/", "/incidents/count", "/interviews/", "/coding/", "/review/", "/review/workload", "/inbox/",
        "/releases", "/tasks/", "/imports/new", "/consents/", "/api/v1/incidents", "/api/v1/interviews",
    )  # fmt: skip
    there = set(pages(app))
    assert len(there.intersection(counting)) >= 9
    for who in WITHOUT:
        browser = browser_for(who)
        for path in (each for each in counting if each in there):
            for one, other in itertools.combinations(
                (("act", "KID"), ("state", "MX-TAM"), ("month", "2026-01")), 2
            ):
                status, _text = asked(browser, path, (one, other))
                assert status in (401, 403, 404), (who, path)


def test_the_trail_says_of_no_list_by_what_it_was_filtered(browser_for, staff):
    """An auditor reads how much was opened, never of what kind: the same note for every filter."""
    tell(staff, invented(24, 6))
    browser_for("reviewer").get("/incidents/?act=KID&state=MX-TAM&month=2026-01")
    for who in ("auditor", "administrator"):
        shown = browser_for(who).get("/trail").text
        for code in ("KID", "MX-TAM", "2026-01", "Tamaulipas", "Kidnapping"):
            assert code not in shown


def test_frozen_pages_say_when_and_offer_no_way_on(browser_for, staff):
    browser = browser_for("researcher")
    assert "There are no figures yet" in browser.get("/figures/").text
    tell(staff, invented(25, 28))
    assert "There are no figures yet" in browser.get("/figures/").text
    answer = browser_for("analyst").post("/figures/")
    assert answer.status_code == 303
    shown = browser.get("/figures/").text
    assert "25–29" in shown
    assert "/incidents/" not in shown
    assert browser.post("/figures/").status_code == 403
    assert "were frozen on" in browser_for("second").post("/figures/", follow_redirects=True).text


@pytest.mark.parametrize("language", ["fr", "pt", "ht"])
def test_whoever_reads_another_language_reads_frozen_figures_too(browser_for, staff, language):
    """What only tables say, in the language that stands in; no month is told as its first day."""
    axes = {"month": [["2026-01", "5–9"]], "act": [["KID", "5–9"], [merging.OTHERS, "0–4"]]}
    with staff.analyst.work() as work:
        counts = {"whole": "10–14", "axes": axes, "together": {}}
        work.add(Freeze(frozen_on=work.today, frozen_by=work.actor.id, counts=counts))
    browser = browser_for("researcher")
    browser.post("/language", data={"language": language})
    answer = browser.get("/figures/")
    assert answer.status_code == 200
    assert f'lang="{language}' in answer.text
    assert '<th scope="row">enero de 2026<' in answer.text


@pytest.mark.parametrize("who", ["reviewer", "analyst", "researcher"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_axe_at_both_widths(site, open_page, house, staff, who, scheme):
    tell(staff, invented(31, 26))
    frozen(staff)
    page = signed_in(open_page, house, getattr(staff, who), color_scheme=scheme, java_script_enabled=True)
    page.goto(f"{site}/figures/")
    look_at_both(page, f"figures-{who}-{scheme}")
