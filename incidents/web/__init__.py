"""DOOR: the pages. Gathers the page families into the app; each has its templates in a folder of the same word."""

from flask import Flask

from incidents.web import (
    account,
    frame,
    home,
    importers,
    inbox,
    incident,
    job,
    language,
    members,
    release,
    report,
    review,
    trail,
)
from incidents.web.frame import explain as explain

FAMILIES = (home, account, report, inbox, incident, review, importers, job, release, members, trail)


def register(app: Flask) -> None:
    language.register(app)
    frame.register(app)
    for family in FAMILIES:
        app.register_blueprint(family.routes)
