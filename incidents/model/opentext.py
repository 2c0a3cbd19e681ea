"""Open text: where somebody's own words may tell of others, so that an erasure of one of these has to look there."""

from collections.abc import Mapping

# Table → its columns. What is under a person's own keys goes with them: it is named for what it says of others.
OPEN_TEXT: Mapping[str, tuple[str, ...]] = {
    "answer": ("words",),
    "comment": ("words",),
    "basis": ("facts",),
    "consent_event": ("names",),
    "custody_event": ("words",),  # with the file that it is about
    "duplicate_decision": ("reasons",),
    "edit": ("reasons", "words"),
    "erasure": ("decision",),
    "erasure_proposal": ("words",),
    "evidence": ("description",),
    "hierarchy_version": ("why",),
    "incident": ("narrative", "summary"),
    "intervention": ("notes",),
    "judgment": ("reasons",),
    "kept_contradiction": ("reasons",),
    "question": ("words",),
    "perpetrator": ("name",),
    "person": (
        "name",
        "other_names",
        "address",
        "documents",
        "contact",
        "exact_place",
        "safe_contact",
    ),
    "quote": ("desk", "facts"),
    "rearrangement": ("reasons",),
    "release": ("recalled_why",),
    "report_part": ("content",),
    "review": ("reasons",),
    "sharing": ("recalled_why",),
    "source": ("citation",),
    "task": ("notes",),
    "wording": ("texts",),
}
# Of these, fields for names and for reasons of their own: listed only where they name somebody.
NAMING: Mapping[str, tuple[str, ...]] = {
    "basis": ("facts",),
    "consent_event": ("names",),
    "edit": ("words",),
    "erasure": ("decision",),
    "perpetrator": ("name",),
    "person": OPEN_TEXT["person"],
}
# What is read of a document though its words are closed: codes, by which others are protected.
CODED: Mapping[str, tuple[str, ...]] = {
    "basis": ("schema", "kind", "purposes", "everything_published"),
}
FOLLOWS = frozenset({"custody_event"})  # answered for with their thing, never alone
