"""DOOR: the same road as JSON. Gathers the families into one blueprint under /api/v1; docs/api.md tells of each."""

from flask import Flask
from werkzeug.exceptions import HTTPException

from incidents.api import (
    account,
    adding,
    arranging,
    batches,
    coding,
    consent,
    document,
    duplicates,
    editing,
    edits,
    erasures,
    evidence,
    export,
    figures,
    follow_up,
    hierarchies,
    importers,
    inbox,
    incident,
    interventions,
    interview,
    job,
    limits,
    many,
    mappings,
    members,
    naming,
    newer,
    once,
    openings,
    people,
    persons,
    policies,
    quotes,
    redaction,
    release,
    report,
    review,
    series,
    sharing,
    talk,
    texts,
    tokens,
    trail,
    vocabulary,
    words,
    workload,
)
from incidents.api.frame import Api, Routes, fault, refused
from incidents.api.frame import explain as explain

FAMILIES = (
    account,
    report,
    inbox,
    newer,
    incident,
    words,
    people,
    persons,
    consent,
    erasures,
    openings,
    editing,
    edits,
    naming,
    adding,
    arranging,
    duplicates,
    evidence,
    follow_up,
    interventions,
    interview,
    review,
    workload,
    many,
    coding,
    talk,
    policies,
    hierarchies,
    importers,
    batches,
    mappings,
    job,
    series,
    figures,
    export,
    release,
    quotes,
    redaction,
    sharing,
    texts,
    members,
    tokens,
    trail,
    vocabulary,
)


def register(app: Flask, most: int) -> None:
    """Before the gate: it puts itself before every view. The description has no page of the library's own.

    `most`: requests a minute of one principal; 0: as many as come.
    """
    app.config.update(
        API_TITLE="Amparo",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS=document.OPTIONS,
    )
    api = Api(app)
    api.ma_plugin.converter.add_attribute_function(document.value_objects)
    routes = Routes("api", "/api/v1")
    for family in (*FAMILIES, document):
        routes.register_blueprint(family.routes)
    routes.register_error_handler(HTTPException, refused)
    routes.register_error_handler(500, fault)
    api.register_blueprint(routes)
    limits.register(app, most)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith("api."):
            app.view_functions[endpoint] = limits.limited(once.once(view))
