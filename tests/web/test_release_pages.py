"""What leaves is chosen, looked at, signed by somebody else, downloaded and recalled on pages."""

import csv
import io
import json
import re
import zipfile
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.erasure import tombstones
from incidents.model.audit import AuditEntry
from incidents.model.base import Envelope
from incidents.model.people import Person
from incidents.model.release import Release
from incidents.model.vocabulary import Purpose, ReleaseState
from incidents.release import policy
from incidents.safeguards import sessions
from tests import make
from tests.release.test_publish import GIVEN, person, story, tell
from tests.web.reading import DECLARED, form, links, problems

RELEASE = r"/releases/[0-9a-f-]{36}"
REASONS = "A partner published it beside a finer table."


@pytest.fixture
def analyst(browser_for):
    return browser_for("analyst")


@pytest.fixture
def signer(browser_for):
    """A coordinator who signed in a moment ago, so that no passphrase is asked again."""
    return browser_for("second")


@pytest.fixture
def told(staff):
    """Six credible incidents that look alike, and one without consent for rows."""
    tell(staff, [story() for _ in range(6)])
    tell(staff, [story(people=[person(decisions=GIVEN | {"ROW": "refused"})])])


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def release_of(house):
    house.db().rollback()
    house.db().expire_all()
    return house.db().scalars(select(Release)).one()


def chosen(analyst, **typed):
    """The answer to the form of a choice."""
    page = form(analyst.get("/releases/new").text, having="policy").filled()
    page.update({"policy": "dataset-research"} | {name.replace("__", "."): v for name, v in typed.items()})
    return analyst.post("/releases/new", data=page)


def previewed(analyst, **typed):
    answer = chosen(analyst, **typed)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def submitted(analyst, **typed):
    """The address of a release that waits for a signature."""
    address = previewed(analyst, **typed)
    page = form(analyst.get(address).text, having="submit").filled("submit")
    answer = analyst.post(address, data=page)
    assert answer.status_code == 303
    return answer.headers["Location"]


def shown_after(answer, client):
    return client.get(answer.headers["Location"]).text


def withdrawn(staff):
    """One of those in the pack takes back their consent for rows."""
    with staff.coordinator.work() as work:
        who = next(
            each
            for each in work.db.scalars(select(Person))
            if isinstance(consent.permits(work, each, Purpose.ROWS), consent.Permit)
        )
        consent.withdraw(work, who, [Purpose.ROWS])


# -- choose


def test_each_policy_that_makes_rows_or_tables_is_explained_in_a_sentence(analyst):
    page = analyst.get("/releases/new").text
    makes = {name for name in policy.names() if policy.load(name).product in {"rows", "tables"}}
    assert (
        form(page, having="policy").choices["policy"]
        == makes
        == {"dataset-research", "small-rows", "partner", "internal", "public-table", "published-table"}
    )
    for name in makes:
        assert policy.load(name).text("en") in page
    assert "k = 5, 1 signature" in page
    assert "no protection, 2 signatures" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"policy": ""}, "policy"), ({"policy": "../secret"}, "policy"), ({"k": "five"}, "k")],
)
def test_a_choice_that_is_none_is_said_at_its_field(analyst, typed, field):
    answer = chosen(analyst, **typed)
    assert answer.status_code == 422
    assert list(problems(answer.text)) == [field]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"k": "4"}, "k"),
        ({"filter__from": "2019-02-30"}, "filter-from"),
        ({"filter__to": "soon"}, "filter-to"),
        ({"filter__to": "2019-01-01", "filter__from": "2020-01-01"}, "filter-to"),
        ({"filter__to": "2019-01-01", "filter__from": "2020-01-01", "policy": "public-table"}, "filter-to"),
    ],
)
def test_what_the_policy_refuses_is_said_at_its_field_and_the_choice_stays(analyst, told, typed, field):
    answer = chosen(analyst, **typed)
    assert answer.status_code == 422
    assert list(problems(answer.text)) == [field]
    again = form(answer.text, having="policy")
    assert again.action == "/releases/new"
    assert again.typed["policy"] == typed.get("policy", "dataset-research")
    assert again.typed[field.replace("-", ".")] == next(iter(typed.values()))


def test_too_few_to_hide_among_is_said(analyst, staff):
    tell(staff, [story() for _ in range(3)])
    answer = analyst.get(previewed(analyst))
    assert answer.status_code == 422
    assert "No row file can be made" in answer.text
    assert "Too few alike" in answer.text


def test_why_nothing_goes_in_is_said_with_the_reasons(analyst, told):
    answer = analyst.get(previewed(analyst, policy="partner"))
    assert answer.status_code == 422
    assert "every row stays out" in answer.text
    assert "No consent or recorded basis for this use" in answer.text


# -- look


def test_a_preview_counts_in_and_out_with_the_reason_of_each_kind(analyst, told, house):
    page = analyst.get(previewed(analyst)).text
    assert re.search(r"Goes in</th><td class=\"number\">6<", page)
    assert re.search(r"Consent was refused</th><td class=\"number\">1<", page)
    assert re.search(r"Considered</th><td class=\"number\">7<", page)
    words = text_of(page)
    assert "Smallest group promised k = 5" in words
    assert "Rows of the smallest group 6" in words
    assert "by the month" in words
    assert "k = 5 over incidents" in words
    assert not [canary for canary in make.CANARIES if canary in page]
    house.db().rollback()
    assert house.db().scalars(select(Release)).first() is None


def test_a_preview_shows_a_few_coarsened_rows_in_words(analyst, told):
    page = analyst.get(previewed(analyst)).text
    assert "A few lines" in page
    for said in ("Tamaulipas", "Honduras", "2019-03"):
        assert said in page


def test_rows_without_protection_are_on_nobodys_screen(analyst, told):
    page = analyst.get(previewed(analyst, policy="internal")).text
    assert "A few lines" not in page
    assert "No protection" in page
    assert "Protection none" in text_of(page)


def test_the_row_of_hxl_tags_is_a_tick_that_stays_with_the_choice(analyst, told):
    address = previewed(analyst, hxl="yes")
    release = shown_after(analyst.post(address, data={"deed": "submit"}), analyst)
    assert "data-hxl.csv" in release
    (again,) = links(analyst.get(address).text, r"/releases/new\?[^\"]+hxl=yes[^\"]*")
    page = analyst.get(again.replace("&amp;", "&")).text
    assert form(page, having="policy").typed["hxl"] == "yes"
    assert "hxl" not in form(analyst.get("/releases/new").text, having="policy").typed
    assert "data-hxl.csv" not in analyst.get(submitted(analyst)).text


def test_a_filter_is_carried_through_and_said(analyst, staff):
    tell(staff, [story() for _ in range(6)])
    tell(staff, [story("2020-01")])
    address = previewed(analyst, filter__from="2019-01-01", filter__to="2019-12-31", filter__states="MX-TAM")
    page = analyst.get(address).text
    assert re.search(r"Outside the filter</th><td class=\"number\">1<", page)
    release = shown_after(analyst.post(address, data={"deed": "submit"}), analyst)
    for said in ("January 1, 2019", "December 31, 2019", "Tamaulipas"):
        assert said in release
    (back,) = (each for each in links(page, r"/releases/new\?[^\"]+") if "dataset-research" in each)
    again = form(analyst.get(back.replace("&amp;", "&")).text, having="policy").typed
    assert (again["filter.from"], again["filter.states"]) == ("2019-01-01", "MX-TAM")


def test_a_preview_that_is_left_keeps_nothing(analyst, told, house):
    answer = analyst.post(previewed(analyst), data={"deed": "leave"})
    assert answer.headers["Location"] == "/releases/new"
    house.db().rollback()
    assert house.db().scalars(select(Release)).first() is None


def test_an_address_without_a_policy_is_not_found(analyst):
    assert analyst.get("/releases/preview").status_code == 404
    assert analyst.post("/releases/preview?policy=nonsense", data={"deed": "submit"}).status_code == 404


def test_data_that_changed_since_the_look_is_said(analyst, told, staff, house):
    address = previewed(analyst)
    page = form(analyst.get(address).text, having="submit").filled("submit")
    assert page["seen"] == "6"
    withdrawn(staff)
    shown = shown_after(analyst.post(address, data=page), analyst)
    assert "The data changed since you looked: 5 rows go in, not 6." in shown


# -- sign


def test_the_whole_road_ends_in_a_pack(analyst, signer, told, house):
    address = submitted(analyst)
    assert "It waits for a coordinator" in analyst.get(address).text
    assert links(signer.get("/releases").text, RELEASE) == [address]
    assert "Sign this release" in signer.get(address).text
    assert signer.post(f"{address}/sign", data=DECLARED).headers["Location"] == address
    page = analyst.get(address).text
    assert "Bruno Inventado" in page
    assert "Alan Invented" in page
    answer = analyst.post(f"{address}/download")
    assert answer.mimetype == "application/zip"
    assert (
        answer.headers["Content-Disposition"] == f'attachment; filename="{release_of(house).reference}.zip"'
    )
    with zipfile.ZipFile(io.BytesIO(answer.data)) as pack:
        manifest = json.loads(pack.read("manifest.json"))
        rows = list(csv.DictReader(io.StringIO(pack.read("data.csv").decode())))
    assert manifest["counts"] == {"considered": 7, "released": 6, "excluded": {consent.REFUSED: 1}}
    assert len(rows) == 6
    assert release_of(house).downloads == 1
    events = house.db().scalars(select(AuditEntry.event)).all()
    assert events.count("release.downloaded") == 1


def test_nothing_is_downloaded_before_the_signature(analyst, told):
    address = submitted(analyst)
    assert "Download the pack" not in analyst.get(address).text
    assert analyst.post(f"{address}/download").status_code == 409


def test_a_signature_asks_for_the_passphrase_again_when_it_is_old(analyst, signer, told, house, monkeypatch):
    address = submitted(analyst)
    monkeypatch.setattr(sessions, "FRESH", 0)
    assert form(signer.get(address).text, having="confirm_passphrase").action == f"{address}/sign"
    asked = signer.post(f"{address}/sign", data=DECLARED)
    assert asked.status_code == 403
    assert "once more" in asked.text
    assert release_of(house).state == ReleaseState.PREPARED
    assert (
        signer.post(f"{address}/sign", data=DECLARED | {"confirm_passphrase": make.PASSPHRASE}).status_code
        == 303
    )
    assert release_of(house).state == ReleaseState.SIGNED


def test_a_policy_of_two_signatures_needs_two_people(analyst, signer, browser_for, told, house):
    address = submitted(analyst, policy="internal")
    signer.post(f"{address}/sign", data=DECLARED)
    assert release_of(house).state == ReleaseState.PREPARED
    assert "one more person" in signer.get(address).text
    assert signer.post(f"{address}/sign", data=DECLARED).status_code == 422
    assert browser_for("coordinator").post(f"{address}/sign", data=DECLARED).status_code == 303
    assert release_of(house).state == ReleaseState.SIGNED


def test_a_release_is_found_that_does_not_open(analyst, told, staff, house):
    address = submitted(analyst)
    with make.behind(house) as connection:
        connection.execute(Release.__table__.update().values(manifest=Envelope(bytes(40))))
    page = analyst.get("/releases").text
    assert links(page, RELEASE) == [address]
    assert "Altered outside the program" in page
    assert analyst.get(address).status_code == 409


# -- consent that ended


@pytest.mark.parametrize("state", ["prepared", "signed"])
def test_a_withdrawal_stops_the_pack_and_says_what_to_do(analyst, signer, told, staff, house, state):
    address = submitted(analyst)
    if state == "signed":
        signer.post(f"{address}/sign", data=DECLARED)
    withdrawn(staff)
    answer = (
        analyst.post(f"{address}/download")
        if state == "signed"
        else signer.post(f"{address}/sign", data=DECLARED)
    )
    assert answer.status_code == 422
    words = text_of(answer.text)
    assert "Since this release was prepared, a consent behind it ended" in words
    assert "What to do now" in words
    assert "that person's rows stay out" in words.replace("&#39;", "'")
    assert ("Recall this one" in words) == (state == "signed")
    assert "Download the pack" not in answer.text
    assert (release_of(house).state.value, release_of(house).downloads) == (state, 0)
    if state == "signed":
        (again,) = links(answer.text, r"/releases/new\?policy=dataset-research[^\"]*")
        assert form(analyst.get(again).text, having="policy").typed["policy"] == "dataset-research"


# -- discard


def test_what_nobody_signed_is_discarded_by_who_prepared_it_or_who_signs(
    analyst, signer, browser_for, told, house, app, tmp_path
):
    app.extensions["house"].checkpoints = (tmp_path / "copies",)
    for who in (analyst, signer):
        address = submitted(analyst)
        page = who.get(address).text
        assert "no copy opens again" in page
        assert f'action="{address}/discard"' in page
        answer = who.post(f"{address}/discard")
        assert answer.status_code == 303
        assert "is discarded" in shown_after(answer, who)
        assert who.get(address).status_code == 404
        gone = UUID(address.rpartition("/")[2])
        assert gone in {each.thing for each in tombstones.read(tmp_path / "copies" / tombstones.FILE)}
        house.db().rollback()
        assert house.db().scalars(select(Release)).all() == []
    address = submitted(analyst)
    assert browser_for("reviewer").post(f"{address}/discard").status_code == 403
    signer.post(f"{address}/sign", data=DECLARED)
    for who in (analyst, signer):
        assert "/discard" not in who.get(address).text
        assert who.post(f"{address}/discard").status_code == 409
    assert release_of(house).state == ReleaseState.SIGNED


# -- recall


def test_a_recalled_pack_goes_out_no_more_and_the_reason_is_sealed(analyst, signer, told, house):
    address = submitted(analyst)
    signer.post(f"{address}/sign", data=DECLARED)
    short = signer.post(f"{address}/recall", data={"reasons": "no"})
    assert short.status_code == 422
    assert list(problems(short.text)) == ["reasons"]
    assert signer.post(f"{address}/recall", data={"reasons": REASONS}).status_code == 303
    page = analyst.get(address).text
    assert "Nobody may use this pack any more" in page
    assert REASONS in page
    assert analyst.post(f"{address}/download").status_code == 409
    assert release_of(house).state == ReleaseState.RECALLED
    notes = house.db().scalars(select(AuditEntry.detail)).all()
    assert REASONS not in str(notes)


# -- whose it is


@pytest.mark.parametrize("who", ["researcher", "reviewer", "administrator", "auditor"])
def test_releases_are_for_analysts_and_coordinators(browser_for, analyst, told, who, house):
    address = submitted(analyst)
    client = browser_for(who)
    for path in ("/releases", "/releases/new", "/releases/preview?policy=internal", address):
        assert client.get(path).status_code == 403
    for path in (f"{address}/sign", f"{address}/recall", f"{address}/download"):
        assert client.post(path, data={"reasons": REASONS}).status_code == 403
    assert release_of(house).state == ReleaseState.PREPARED


def test_nobody_signs_before_saying_that_they_looked(analyst, signer, told, house):
    address = submitted(analyst)
    page = signer.get(address).text
    assert page.index('id="files"') < page.index('id="sign"') < page.index(f'action="{address}/sign"')
    refused = signer.post(f"{address}/sign")
    assert refused.status_code == 422
    assert "nobody signs unseen" in problems(refused.text)["declared"]
    assert "What you declare" in refused.text
    assert release_of(house).state == ReleaseState.PREPARED
    assert signer.post(f"{address}/sign", data=DECLARED).status_code == 303
    assert release_of(house).state == ReleaseState.SIGNED


def test_who_prepares_does_not_sign_and_who_signs_does_not_prepare(analyst, signer, told):
    address = submitted(analyst)
    assert analyst.post(f"{address}/sign", data=DECLARED).status_code == 403
    assert analyst.post(f"{address}/recall", data={"reasons": REASONS}).status_code == 403
    assert signer.get("/releases/new").status_code == 403
    assert "Prepare a release" not in signer.get("/releases").text


def test_a_release_that_is_not_there_is_not_found(analyst, signer):
    assert analyst.get(f"/releases/{uuid4()}").status_code == 404
    assert analyst.post(f"/releases/{uuid4()}/download").status_code == 404
    assert signer.post(f"/releases/{uuid4()}/sign").status_code == 404


def test_before_the_first_release_the_list_says_so(analyst):
    page = analyst.get("/releases").text
    assert "Nothing has left the house yet" in page
    assert links(page, "/releases/new")


def test_an_expired_pack_is_refused_and_leads_to_the_same_choice(
    analyst, browser_for, staff, house, told, monkeypatch
):
    release = submitted(analyst)
    browser_for("second").post(f"{release}/sign", data=DECLARED)
    assert analyst.post(f"{release}/download").status_code == 200
    page = text_of(analyst.get(release).text)
    assert "Who downloaded it" in page
    assert "by Alan Invented" in page
    with staff.second.work() as work:
        work.get(Release, UUID(release.rpartition("/")[2])).expires_on = work.today - timedelta(days=1)
    refused = analyst.post(f"{release}/download")
    assert refused.status_code == 422
    assert "could be downloaded until" in refused.text
    for page in (refused.text, analyst.get(release).text):
        assert 'action="' + release + '/download"' not in page
        assert "Its days are over" in page
        assert links(page, r"/releases/new\?[^\"]+")
    assert release_of(house).downloads == 1
