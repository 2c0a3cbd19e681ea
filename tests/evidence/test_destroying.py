"""An erased file opens for nobody, in no copy of the store; its chain of custody stays and says so."""

import pytest

from incidents import erasure, evidence
from incidents.errors import Erased, MoveNotAllowed, NotAllowed
from incidents.evidence import store
from incidents.intake import report
from incidents.model.evidence import Custody, Evidence, EvidenceState
from incidents.model.report import Report
from incidents.model.vocabulary import Purpose
from tests import make
from tests.evidence import invented

DECISION = "Asked by her on the phone, agreed by two of us."


def erase(staff, id):
    with staff.coordinator.work() as work:
        erasure.erase_evidence(work, work.get(Evidence, id), DECISION)
    erasure.finish(staff.coordinator.house)


def test_an_erased_file_is_gone_from_the_store_and_says_so(staff, keep, house, instance):
    other, id = keep(invented.pdf()), keep(invented.jpeg())
    before = {path: path.read_bytes() for path in (instance.folder / "evidence").rglob("*") if path.is_file()}
    erase(staff, id)
    assert store.of(house).sizes(str(id)) == []
    assert store.of(house).sizes(str(other))
    with staff.reviewer.work() as work:
        opened = evidence.open_one(work, id)
    assert opened.item.state == EvidenceState.DESTROYED
    assert evidence.erased(opened.facts)
    assert evidence.erased(opened.description)
    assert [event.kind for event, _facts, _words in opened.custody][-1] == Custody.DESTROYED
    with staff.reviewer.work() as work:
        assert list(evidence.breaks(work)) == []
        assert evidence.leaving(work, [id], Purpose.LEGAL, to="x", package="y").refused == {id: ("erased",)}
    for path, data in before.items():  # an older backup of the store
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with pytest.raises(Erased), staff.reviewer.work() as work:
        evidence.take_original(work, evidence.one(work, id), "court")


def test_only_who_may_erase_erases_and_only_once(staff, keep):
    id = keep(invented.jpeg())
    with pytest.raises(NotAllowed), staff.reviewer.work() as work:
        erasure.erase_evidence(work, work.get(Evidence, id), DECISION)
    erase(staff, id)
    with pytest.raises(MoveNotAllowed):
        erase(staff, id)


def test_with_a_report_goes_what_came_with_it(staff, house):
    with staff.reviewer.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        data = invented.jpeg()
        id = evidence.keep(work, work.get(Report, sent), invented.about(data), invented.io.BytesIO(data)).id
    with staff.coordinator.work() as work:
        erasure.erase_report(work, work.get(Report, sent), DECISION)
    erasure.finish(house)
    with staff.reviewer.work() as work:
        assert work.get(Evidence, id).state == EvidenceState.DESTROYED
    assert store.of(house).sizes("") == []


def test_where_the_store_is_away_the_keys_are_gone_all_the_same(staff, keep, house, monkeypatch):
    id = keep(invented.jpeg())

    def away(*_args):
        raise evidence.StoreAway

    with monkeypatch.context() as patch:
        patch.setattr(store.Store, "drop_all", away)
        erase(staff, id)
    with staff.reviewer.work() as work:
        opened = evidence.open_one(work, id)
        assert evidence.erased(opened.facts)
        assert opened.item.state == EvidenceState.KEPT
    erasure.finish(house)
    with staff.reviewer.work() as work:
        assert work.get(Evidence, id).state == EvidenceState.DESTROYED
    assert store.of(house).sizes("") == []
