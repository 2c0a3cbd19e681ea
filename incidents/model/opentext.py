"""Open text: where somebody's own words may tell of others, so that an erasure of one of these has to look there."""

from collections.abc import Mapping

# Table → its columns. What is under a person's own keys goes with them and is not named here.
OPEN_TEXT: Mapping[str, tuple[str, ...]] = {
    "answer": ("words",),
    "comment": ("words",),
    "custody_event": ("words",),  # with the file that it is about
    "duplicate_decision": ("reasons",),
    "edit": ("reasons",),
    "erasure_proposal": ("words",),
    "evidence": ("description",),
    "incident": ("narrative", "summary"),
    "intervention": ("notes",),
    "judgment": ("reasons",),
    "kept_contradiction": ("reasons",),
    "question": ("words",),
    "rearrangement": ("reasons",),
    "report_part": ("content",),
    "review": ("reasons",),
    "source": ("citation",),
    "task": ("notes",),
}
FOLLOWS = frozenset({"custody_event"})  # answered for with their thing, never alone
