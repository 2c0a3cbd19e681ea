"""What stands already, in the words of the page on which a release is chosen."""

from typing import Any

from flask import url_for

from incidents.model.release import Release
from incidents.release import editions, noised, standing
from incidents.web.frame import work


def shown() -> dict[str, Any]:
    """Row files and tables that anybody may have, and when tables may follow."""
    found = standing.stands(work())
    return {
        "rows": [_line(each) for each in found.rows],
        "tables": [_line(each) for each in found.tables],
        "due": found.due,
        "new": editions.NEW_INCIDENTS,
    }


def _line(release: Release) -> dict[str, Any]:
    return {
        "url": url_for("release.show", id=release.id),
        "reference": release.reference,
        "policy": release.policy,
        "day": release.signed_on or release.prepared_on,
        "recalled": release.recalled_on is not None,
        "epsilon": work().read(release, "manifest").get(noised.MANIFEST, {}).get("epsilon"),
    }
