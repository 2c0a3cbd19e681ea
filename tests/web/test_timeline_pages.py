"""One incident along time: who did what to whom, when, according to which source; drawn as known, and told in words."""

import re
from datetime import date

import pytest

from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.web.timeline import Span
from tests import make
from tests.web.walking import look_at_both, signed_in

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
ACTS = [
    {"key": "a1", "type": "EXT", "status": "C", "moment": {"edtf": "2019-06", "precision": "MON"}},
    {
        "key": "a2",
        "type": "KID",
        "status": "C",
        "moment": {"edtf": "2019-01-30", "precision": "DAY"},
        "kidnapping": {
            "since": {"edtf": "2019-01-30", "precision": "DAY"},
            "until": {"edtf": "2019-02-08", "precision": "DAY"},
        },
    },
    {"key": "a3", "type": "THR", "status": "C"},
]


@pytest.fixture
def incident(staff):
    """Three acts, told out of order; the third says no moment of its own."""
    document = make.report_document(
        acts=ACTS,
        incident={
            "moment": {"edtf": "2019", "precision": "YEA"},
            "place": {"country": "MEX", "state": "MX-BCN"},
        },
        involvements=[
            {"person": "p1", "act": "a1", "part": "DIR"},
            {"person": "p1", "act": "a2", "part": "DIR"},
            {"person": "p2", "act": "a2", "part": "WIT"},
        ],
        perpetrators=[{"type": "CRG", "group": "Los Faroleros (inventados)"}],
    )
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        return take_in(work, sent).id


def test_the_acts_stand_in_the_order_of_time_with_who_and_to_whom_in_words(browser_for, incident):
    shown = browser_for("reviewer").get(f"/incidents/{incident}/timeline").text
    told = re.findall(r"<h2>(Act \d+): ([^<]+?) <span", shown)
    assert [number for number, _type in told] == ["Act 3", "Act 2", "Act 1"]  # the year, the day, the month
    second = shown[shown.index("Act 2: ") : shown.index("Act 1: ")]
    for words in (
        "Organized criminal group",
        "Person 1",
        "Person 2",
        "Source 1",
        "free again: 8 February 2019",
    ):
        assert words in second, words
    third = shown[shown.index("Act 3: ") : shown.index("Act 2: ")]
    assert "the act says none of its own" in third


def test_a_moment_is_drawn_as_all_that_it_may_mean_and_never_as_a_day(browser_for, incident):
    shown = browser_for("reviewer").get(f"/incidents/{incident}/timeline").text
    bars = re.findall(r'class="known( exact)?" x="(\d+)" width="(\d+)"', shown)
    year, days, month = ((bool(exact), int(x), int(width)) for exact, x, width in bars)
    assert year == (False, 0, 1000)
    assert not month[0]
    assert abs(month[2] - 29 * 1000 // 364) <= 1  # June from its first to its last day
    assert abs(days[1] - 29 * 1000 // 364) <= 1
    assert abs(days[2] - 9 * 1000 // 364) <= 1  # as long as somebody was held
    assert "January 1, 2019" in shown
    assert "December 31, 2019" in shown


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ({"edtf": "2019-02-04", "precision": "DAY"}, (date(2019, 2, 4), date(2019, 2, 4))),
        ({"edtf": "2019-02", "precision": "MON"}, (date(2019, 2, 1), date(2019, 2, 28))),
        ({"edtf": "2019-02-04/..", "precision": "AFT"}, (date(2019, 2, 4), None)),
        (None, (None, None)),
    ],
)
@pytest.mark.usefixtures("template")
def test_the_ends_of_a_moment(moment, ends):
    span = Span.of(moment)
    assert (span.first, span.last) == ends


def test_names_and_words_stay_closed(browser_for, incident):
    shown = browser_for("reviewer").get(f"/incidents/{incident}/timeline").text
    for canary in (*make.CANARIES, "Faroleros", "Filomeno"):
        assert canary not in shown


def test_the_page_of_the_incident_leads_there_and_nobody_else_gets_in(browser_for, incident):
    assert f"/incidents/{incident}/timeline" in browser_for("reviewer").get(f"/incidents/{incident}").text
    for who in ("researcher", "analyst", "administrator", "auditor"):
        assert browser_for(who).get(f"/incidents/{incident}/timeline").status_code == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_timeline_axe_without_javascript_at_both_widths_and_on_paper(
    site, open_page, house, staff, incident, scheme
):
    page = signed_in(open_page, house, staff.reviewer, color_scheme=scheme)
    page.goto(f"{site}/incidents/{incident}/timeline")
    look_at_both(page, f"timeline-{scheme}")
    assert not page.locator(".relations").is_visible()  # a phone has the list
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.locator(".relations").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".timeline").is_visible()
    bare = signed_in(open_page, house, staff.reviewer, java_script_enabled=False)
    bare.goto(f"{site}/incidents/{incident}/timeline")
    assert bare.locator(".timeline > li").count() == len(ACTS)


def still_held(staff, **kidnapping):
    held = {"since": {"edtf": "2019-01-30", "precision": "DAY"}, "release": "HEL", **kidnapping}
    day = {"edtf": "2019-01-30", "precision": "DAY"}
    acts = [{"key": "a1", "type": "KID", "status": "C", "moment": day, "kidnapping": held}]
    document = make.report_document(acts=acts, involvements=None)
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        return take_in(work, sent).id


def test_somebody_who_is_held_still_is_drawn_to_an_open_end_and_told_so(browser_for, staff):
    shown = browser_for("reviewer").get(f"/incidents/{still_held(staff)}/timeline").text
    assert "Still held" in shown
    assert re.search(r'class="known" x="0" width="970"', shown)  # not one day, nor exact
    assert 'class="on"' in shown
    assert ", and on</span>" in shown


def test_who_came_free_on_a_day_is_not_held_still(browser_for, staff):
    until = {"edtf": "2019-02-08", "precision": "DAY"}
    shown = browser_for("reviewer").get(f"/incidents/{still_held(staff, until=until)}/timeline").text
    assert "Still held" not in shown
    assert 'class="on"' not in shown
