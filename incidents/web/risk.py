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
        "groups": _groups(manifest["quasi_identifiers"], found["smallest_classes"]) if shown else None,
        "readers": [_reader(each, manifest) for each in found["attackers"]] if shown else [],
        "alone": _alone(found["stand_out"]) if shown else [],
    }


def _groups(columns: Sequence[str], classes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "heads": [(name, manifests.brief(name)) for name in columns],
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


def _alone(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows that few columns tell apart, the most telling first; `by`: which columns do."""
    return [
        {
            "values": [
                (manifests.brief(name), manifests.value_in_words(name, value))
                for name, value in each["values"].items()
            ],
            "by": [", ".join(manifests.brief(name) for name in columns) for columns in each["by"]],
        }
        for each in rows
    ]
