"""The risk of a release in full, in the words of a page: for those who prepare and sign, in no pack."""

from collections.abc import Mapping, Sequence
from typing import Any

from incidents.web import manifest as manifests


def in_words(found: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest groups of each reader and the rows that stand out; of rows as recorded, figures only."""
    shown = found["protection"] == "on"
    highest, promised = (manifests.share(each["highest_risk"]) for each in (found, manifest["risk"]))
    return {
        "figures": {
            "rows": found["rows"],
            "classes": found["classes"],
            "k": found["k"],
            "unique": found["unique"],
            "risk": manifests.share(found["prosecutor_risk"]),
            "highest": highest,
            "on_its_page": promised if promised != highest else None,
            "above": manifests.share(found["above_threshold"]),
            "threshold": manifests.share(found["threshold"]),
        },
        "shown": shown,
        "columns": _columns(found, manifest) if shown else [],
        "groups": _groups(manifest["quasi_identifiers"], found["smallest_classes"]) if shown else None,
        "readers": [_reader(each, manifest) for each in found["attackers"]] if shown else [],
        "alone": _alone(found["stand_out"]) if shown else None,
    }


def _groups(columns: Sequence[str], classes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "heads": [manifests.brief(name) for name in columns],
        "lines": [
            (each["rows"], [manifests.value_in_words(name, each["values"][name]) for name in columns])
            for each in classes
        ],
    }


def _reader(found: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "text": manifests.reader_text(found["name"], manifest),
        "unique": found["unique"],
        "below": found["rows_below_k"],
        "groups": _groups(found["columns"], found["smallest_classes"]),
    }


def _columns(found: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Every column that a table of the page has, once: what its head says, its name in the file, what it means."""
    rows = (each["values"] for each in found["stand_out"])
    lists = [manifest["quasi_identifiers"], *(each["columns"] for each in found["attackers"]), *rows]
    names = dict.fromkeys(name for each in lists for name in each)
    return [(manifests.brief(name), name, manifests.meaning(name)) for name in names]


def _alone(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Rows that few columns tell apart, the most telling first; the first cell of a line: which columns do."""
    names = list(dict.fromkeys(name for each in rows for name in each["values"]))
    lines = [
        (
            [", ".join(manifests.brief(name) for name in columns) for columns in each["by"]],
            [manifests.value_in_words(name, each["values"].get(name, "")) for name in names],
        )
        for each in rows
    ]
    return {"heads": [manifests.brief(name) for name in names], "lines": lines} if lines else None
