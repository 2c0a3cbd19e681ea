import time
from tests import make
from incidents.intake import schema, report
def test_probe(house, staff):
    t=time.perf_counter()
    with staff.reviewer.work() as w:
        p=make.person(w)
    print("person", time.perf_counter()-t)
    t=time.perf_counter()
    doc=schema.load(make.report_document())
    with staff.researcher.work() as w:
        report.send(w, doc, "page")
    print("report", time.perf_counter()-t)
    t=time.perf_counter()
    with staff.second.work() as w:
        assert not list(w.breaks())
    print("verify", time.perf_counter()-t)
