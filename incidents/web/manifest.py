"""A manifest in the words of a page: what a column is told by, what was asked for, what was measured."""

from collections.abc import Mapping
from typing import Any

from flask_babel import format_percent
from flask_babel import gettext as _

from incidents.model.vocabulary import lists
from incidents.release import hierarchy, noised, policy, publish, tabled
from incidents.web import tabling
from incidents.web.language import day, label, reads

LABEL = "label:"
WHOLE = "all"  # the level at which a column says nothing
LARGE = 10  # times how far chance throws a number: of fewer incidents it tells little


def in_words(manifest: dict[str, Any]) -> dict[str, Any]:
    """What a page of a release shows of its manifest."""
    if "row_file" not in manifest:
        return _of_tables(manifest)
    rules, certificate, risk = manifest["rules"], manifest["certificate"], manifest["risk"]
    protected = rules["protection"]
    return {
        "protected": protected,
        "counts": manifest["counts"],
        "unit": rules["unit"],
        "k": manifest["k"] if protected else None,
        "definition": manifest["definition"].get(reads()) or manifest["definition"]["en"],
        "columns": [_column(manifest, name) for name in manifest["columns"]],
        "measured": {
            "k": manifest["k_measured"],
            "risk": share(risk["prosecutor_risk"]),
            "highest": share(risk["highest_risk"]),
            "unique": risk["unique"],
        },
        "readers": [_reader(each, manifest) for each in risk.get("attackers", ())],
        "distinct": risk.get("distinct"),
        "loss": share(certificate["loss"]) if certificate else None,
        "chosen_for": certificate.get("k"),
        "lost": {name: share(part) for name, part in manifest.get("lost", {}).items()},
        "optimal": certificate.get("optimal", True),
        "filters": [_filter(name, value) for name, value in manifest["filters"].items()],
        "data_date": manifest["data_date"],
        "compared": manifest.get("compared", []),
        "unsaid": manifest.get("unsaid", []),
        "series": manifest.get("series"),
    }


def _of_tables(manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "protected": manifest["rules"]["protection"],
        "counts": manifest["counts"],
        "unit": "incident",
        "method": tabling.method(manifest["method"]),
        "free": tabling.in_words(manifest.get(tabled.FREE, ())),
        "definition": manifest["definition"].get(reads()) or manifest["definition"]["en"],
        "cells": manifest["cells"],
        "noise": _noise(manifest),
        "filters": [_filter(name, value) for name, value in manifest["filters"].items()],
        "data_date": manifest["data_date"],
        "compared": [],
        "unsaid": [],
        "series": None,
    }


def _noise(manifest: Mapping[str, Any]) -> dict[str, Any] | None:
    """How much chance is in it, what it cost before, and how many it was added to."""
    said = manifest.get(noised.MANIFEST)
    if not said:
        return None
    within = manifest[noised.WITHIN]
    left_out = {"left_out": noised.spared(said["left_out"]), "by_month": "T2" not in said["left_out"]}
    return {**said, **within, **left_out, "large": within["incidents"] < LARGE * int(said["off"])}


def _reader(found: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """What somebody finds who knows some columns; a manifest says less than k as “<5”, and so does the page."""
    return {
        "text": reader_text(found["name"], manifest),
        "columns": [brief(name) for name in found["columns"]],
        "smallest": found["smallest"],
        "unique": found["unique"],
        "risk": share(found["prosecutor_risk"]),
    }


def reader_text(name: str, manifest: Mapping[str, Any]) -> str:
    """Who a reader of a policy is, in a sentence."""
    text = next(each["text"] for each in manifest["attackers"] if each["name"] == name)
    said: str = text.get(reads()) or text["en"]
    return said


def share(part: float) -> str:
    shown: str = format_percent(part, "#,##0.0 %")
    return shown


def _column(manifest: dict[str, Any], name: str) -> dict[str, str]:
    level = manifest["hierarchies"].get(name, {}).get("level")
    hidden = manifest["hidden_values"].get(name, 0)
    told = level_in_words(level) if level else _("as recorded")
    if level != WHOLE and _lumps(manifest.get("lumps", {}).get(name)):
        told = _("%(told)s; rarer values less exactly", told=told)
    if hidden:
        told = _("%(told)s; not shown in %(num)s rows", told=told, num=hidden)
    return {"name": name, "meaning": meaning(name), "told": told}


def _lumps(lump: dict[str, Any] | None) -> bool:
    """Whether values of a column may be told more coarsely than its level."""
    return lump is not None and bool(any(lump["shown"]) or any(lump["first"]) or any(lump["last"]))


def meaning(column: str) -> str:
    """What a column of the file means."""
    if column.startswith(LABEL):
        return str(_("Label of this project: %(name)s", name=column.removeprefix(LABEL)))
    known = hierarchy.dictionary().get(column, {})
    return known.get(reads()) or known.get("en", "")


def brief(column: str) -> str:
    """The same, as much of it as the head of a table has room for; the name of a column without a meaning."""
    return meaning(column).partition(",")[0].partition(" (")[0] or column


def level_in_words(name: str) -> str:
    """How coarse a column became; the names are those of the hierarchies' levels."""
    words = {
        "day": _("by the day"),
        "month": _("by the month"),
        "quarter": _("by the quarter"),
        "year": _("by the year"),
        "municipality": _("by municipality"),
        "state": _("by state"),
        "region": _("by region"),
        "subregion": _("by part of a continent"),
        "country": _("by country"),
        "band": _("by age group"),
        "stage": _("child or adult"),
        "recorded": _("as recorded"),
        "shown": _("women or men; all others are not shown"),
        "act": _("act by act"),
        "perpetrator": _("as recorded"),
        "group": _("by group"),
        WHOLE: _("not told"),
    }
    return str(words.get(name, name))


def value_in_words(column: str, value: str) -> str:
    """A value of the file as somebody reads it who has the codebook beside it."""
    return " | ".join(_said(column, part) for part in value.split("|")) if value else value


def _said(column: str, code: str) -> str:
    own = {hierarchy.ANY: _("not told"), hierarchy.NOT_RECORDED: "–", hierarchy.NOT_SHOWN: _("not shown")}
    if code in own:
        return str(own[code])
    if code.startswith(hierarchy.AT_MOST):
        return str(_("%(unit)s or before", unit=code.removeprefix(hierarchy.AT_MOST)))
    if code.endswith(hierarchy.OR_LATER):
        return str(_("%(unit)s or later", unit=code.removesuffix(hierarchy.OR_LATER)))
    name = hierarchy.dictionary().get(column, {}).get("vocabulary", "")
    if code in lists().get(name, {}) or code.removeprefix("?") in lists()["no_answer"]:
        return label(code, name)
    pair = hierarchy.labels().get(code, (code, code))
    return pair[reads() == "es"]


def _filter(name: str, value: Any) -> tuple[str, str]:
    match name:
        case "from":
            return _("Since"), day(value)
        case "to":
            return _("Until"), day(value)
        case "states":
            return _("States"), ", ".join(label(each, "state") for each in value)
        case "acts":
            return _("Acts"), ", ".join(label(each, "act") for each in value)
    return _("Import"), str(value)


def a_few(rules: policy.Policy, made: publish.Preview) -> tuple[list[str], list[list[str]]]:
    """Some lines of a protected file, in words."""
    some = publish.a_few(rules, made)
    heads = list(some[0]) if some else []
    return heads, [[value_in_words(head, line[head]) for head in heads] for line in some]
