"""DOOR: the pages. Gathers the page families into the app; each has its templates in a folder of the same word."""

from flask import Flask

from incidents.web import (
    account,
    adding,
    arranging,
    coding,
    consent,
    duplicates,
    editing,
    edits,
    erasures,
    evidence,
    export,
    follow_up,
    frame,
    home,
    importers,
    inbox,
    incident,
    interview,
    job,
    language,
    many,
    members,
    opening,
    people,
    release,
    report,
    review,
    saved,
    search,
    series,
    sharing,
    talk,
    template,
    texts,
    there,
    trail,
    vocabulary,
)
from incidents.web.frame import explain as explain

FAMILIES = (
    home,
    account,
    report,
    inbox,
    incident,
    consent,
    arranging,
    editing,
    adding,
    edits,
    search,
    people,
    opening,
    duplicates,
    evidence,
    follow_up,
    review,
    many,
    coding,
    talk,
    interview,
    importers,
    export,
    saved,
    template,
    job,
    release,
    erasures,
    texts,
    there,
    series,
    sharing,
    members,
    trail,
    vocabulary,
)


def register(app: Flask) -> None:
    language.register(app)
    frame.register(app)
    for family in FAMILIES:
        app.register_blueprint(family.routes)
