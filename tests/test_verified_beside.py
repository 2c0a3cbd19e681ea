"""The trail is verified while others write."""

from threading import Thread

from incidents.intake import report, schema
from incidents.safeguards import audit
from tests import make


def test_what_is_committed_while_the_trail_is_verified_is_no_break(app, staff, house, monkeypatch):
    """On PostgreSQL each question sees what was committed by then; SQLite reads of one moment."""
    read, sent = audit._newest, []

    def send():
        with app.app_context(), staff.researcher.work() as work:
            sent.append(report.send(work, schema.load(make.report_document()), "page").id)

    def newest(db, within):
        found = read(db, within)
        if not sent:
            other = Thread(target=send)
            other.start()
            other.join()
        return found

    monkeypatch.setattr(audit, "_newest", newest)
    with staff.coordinator.work() as work:
        work.must_be_whole()
    assert sent
