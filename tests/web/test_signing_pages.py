"""Among thousands of acts a signature is long work: begun, followed, ended and read on pages."""

import re

import pytest

from incidents import jobs
from incidents.jobs import lasting
from incidents.model.job import Job
from incidents.model.release import Release
from incidents.model.vocabulary import JobState, ReleaseState
from incidents.release import making, opening, publish
from incidents.safeguards import sessions
from tests import make
from tests.release.test_publish import story, tell
from tests.web.reading import DECLARED, form, forms, links
from tests.web.test_release_pages import release_of, text_of, withdrawn

pytestmark = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
FOLLOWED = r"/releases/signatures/[0-9a-f-]{36}"


@pytest.fixture
def signer(browser_for):
    return browser_for("coordinator")


@pytest.fixture
def address(staff, monkeypatch):
    """A release that waits for a signature, as if there were thousands of acts."""
    monkeypatch.setattr(making, "AT_HAND", 1)
    monkeypatch.setattr(lasting, "BREATH", 0)
    for module in (opening, publish):
        monkeypatch.setattr(module, "TOGETHER", 3)
    tell(staff, [story(f"2019-0{month}") for month in (1, 6) for _ in range(6)])
    with staff.analyst.work() as work:
        return f"/releases/{publish.prepare(work, 'dataset-research', {}).id}"


def only_job(house):
    house.db().rollback()
    return house.db().query(Job).populate_existing().one()


def test_a_signature_is_begun_followed_and_kept(signer, browser_for, house, address, monkeypatch):
    page = signer.get(address).text
    assert "that takes minutes" in text_of(page)
    followed = signer.post(f"{address}/sign", data=DECLARED).headers["Location"]
    assert re.fullmatch(FOLLOWED, followed)
    waiting = signer.get(followed).text
    assert "Nobody can download it before" in text_of(waiting)
    (piece,) = re.findall(r'hx-get="(/releases/signatures/[0-9a-f-]{36}/progress\?looked=1)"', waiting)
    there = signer.get(address).text
    assert "Your signature is on its way" in text_of(there)
    assert links(there, FOLLOWED) == [followed]
    assert not [each for each in forms(there) if each.action.endswith("/sign")]
    assert links(signer.get("/releases").text, FOLLOWED) == [followed]
    assert signer.get("/jobs/" + followed.rpartition("/")[2]).headers["Location"] == followed
    assert signer.post(f"{address}/sign", data=DECLARED).headers["Location"] == followed  # pressed twice
    seen, asked = [], publish.may_be_signed

    def asking(work, release, *, looked, told):
        def speaking(stage, done, total):
            told(stage, done, total)
            if done == 6:
                seen.append(text_of(signer.get(piece).text))
                seen.append(browser_for("analyst").post(f"{address}/download").status_code)

        return asked(work, release, looked=looked, told=speaking)

    monkeypatch.setattr(publish, "may_be_signed", asking)
    assert jobs.run_waiting(house)
    asking_page, refused, gathering, _again = seen
    assert "6 of 12 people" in asking_page
    assert "does each still agree" in asking_page
    assert "6 of 12 incidents" in gathering
    assert refused == 409
    assert signer.get(followed).headers["Location"] == address
    assert release_of(house).state == ReleaseState.SIGNED
    assert browser_for("analyst").post(f"{address}/download").status_code == 200
    assert links(signer.get("/releases").text, FOLLOWED) == []


def test_a_cancel_leaves_it_unsigned_and_leads_back(signer, house, address):
    followed = signer.post(f"{address}/sign", data=DECLARED).headers["Location"]
    (cancel,) = (each.action for each in forms(signer.get(followed).text) if each.action.endswith("/cancel"))
    signer.post(cancel)
    page = signer.get(followed).text
    assert only_job(house).state == JobState.CANCELLED
    assert address in links(page, r"/releases/[0-9a-f-]{36}")
    assert release_of(house).state == ReleaseState.PREPARED
    assert "Sign this release" in signer.get(address).text


def test_a_refusal_stands_on_the_page_of_the_release(signer, staff, house, address):
    followed = signer.post(f"{address}/sign", data=DECLARED).headers["Location"]
    withdrawn(staff)
    assert jobs.run_waiting(house)
    page = text_of(signer.get(followed).text)
    assert "a consent behind it ended" in page
    assert "Do not sign this one" in page
    assert release_of(house).state == ReleaseState.PREPARED


def test_one_that_is_discarded_before_its_signature_is_written_leads_back_to_the_list(
    signer, browser_for, house, address
):
    followed = signer.post(f"{address}/sign", data=DECLARED).headers["Location"]
    browser_for("analyst").post(f"{address}/discard")
    assert jobs.run_waiting(house)
    assert only_job(house).state == JobState.DONE  # it says that the release is gone
    assert house.db().query(Release).count() == 0
    assert signer.get(followed).headers["Location"] == "/releases"


def test_an_old_passphrase_is_asked_for_again_before_anything_begins(signer, house, address, monkeypatch):
    monkeypatch.setattr(sessions, "FRESH", 0)
    asked = signer.post(f"{address}/sign", data=DECLARED)
    assert asked.status_code == 403
    assert house.db().query(Job).count() == 0
    assert form(signer.get(address).text, having="confirm_passphrase").action == f"{address}/sign"
    given = signer.post(f"{address}/sign", data=DECLARED | {"confirm_passphrase": make.PASSPHRASE})
    assert re.fullmatch(FOLLOWED, given.headers["Location"])


def test_a_session_that_ends_meanwhile_ends_no_signature(signer, house, address):
    signer.post(f"{address}/sign", data=DECLARED)
    signer.post("/sign-out")
    assert signer.get(address).status_code in (302, 303, 401)
    assert jobs.run_waiting(house)
    assert release_of(house).state == ReleaseState.SIGNED


def test_anothers_is_not_there(signer, browser_for, house, address):
    followed = signer.post(f"{address}/sign", data=DECLARED).headers["Location"]
    assert browser_for("second").get(followed).status_code == 404
    assert browser_for("analyst").get(followed).status_code == 403
    assert browser_for("second").post(f"/jobs/{only_job(house).id}/cancel").status_code == 404
