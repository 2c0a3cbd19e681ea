"""An incident to bring evidence to."""

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from incidents import evidence
from incidents.intake import report, take_in
from incidents.model.incident import Incident
from tests import make
from tests.evidence import invented

Keep = Callable[..., UUID]


@pytest.fixture
def incident(staff) -> UUID:
    with staff.reviewer.work() as work:
        sent = report.send(work, make.report_document(), "page").id
    with staff.reviewer.work() as work:
        return take_in.take_in(work, sent).id


@pytest.fixture
def keep(staff, incident) -> Keep:
    """Bring a file in, as a reviewer, all at once: `keep(data, name="x.jpg")`."""

    def kept(data: bytes, **changes: Any) -> UUID:
        with staff.reviewer.work() as work:
            given = invented.about(data, **changes)
            return evidence.keep(work, work.get(Incident, incident), given, io.BytesIO(data)).id

    return kept
