"""What of a draft is kept, and how it goes: sent, cleared, discarded, or at once where somebody says no."""

from typing import Any
from uuid import UUID, uuid4

from flask import Response, after_this_request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from incidents.errors import InvalidInput
from incidents.intake import drafts, glance, parting
from incidents.model.report import Draft
from incidents.model.vocabulary import PRACTICE
from incidents.web import blocks, forms
from incidents.web.frame import work

REFUSAL = ".consent.decisions.REC"
KEEP = f"persons.0{REFUSAL}"  # may we write it down?


def may_keep(typed: blocks.Form) -> bool:
    return typed.get(KEEP) != "refused"


def must_be_kept(typed: blocks.Form) -> None:
    """Somebody who does not want to be written down is not written down, not even as a draft."""
    if not may_keep(typed):
        said = _(
            "They said no to being written down. What was kept of it is gone; what stands here is on this page alone. "
            "Help them, and clear the page."
        )
        raise InvalidInput({KEEP: [said]})


def keep(id: UUID, typed: blocks.Form) -> Draft | None:
    """None: it was sent meanwhile, perhaps from another window, and is no draft any more.

    Where a companion says no of whom something was kept, the rest goes on under a new key, and the old one goes.
    """
    must_be_kept(typed)
    gone = refused(typed)
    kept = [pair for pair in typed.items(multi=True) if not _is_of(pair[0], gone)]
    anew = bool(gone) and _was_kept(
        drafts.before(work(), id), {typed.get(f"{person}.key") for person in gone}
    )
    saved = drafts.save(work(), id, kept, anew=anew)
    if anew and saved is not None:
        work().commit()
        drafts.shred_before(work(), id)
    return saved


def _was_kept(before: drafts.Kept, keys: set[str | None]) -> bool:
    """Whether a draft holds something of one of these people."""
    there = {
        name.removesuffix(".key")
        for name, value in before.typed
        if name.startswith("persons.") and name.count(".") == 2 and name.endswith(".key") and value in keys
    }
    return any(_is_of(name, there) for name, value in before.typed if value)


def refused(typed: blocks.Form) -> set[str]:
    """Companions who said no to being written down: `persons.1`."""
    people = (f"persons.{number}" for number in blocks.numbers(typed, "persons"))
    return {person for person in people if typed.get(f"{person}{REFUSAL}") == "refused"}


def _is_of(name: str, refused: set[str]) -> bool:
    """Whether a field says something of somebody who refused; that there is one, and the no, stay on the page."""
    person = ".".join(name.split(".")[:2])
    return person in refused and name.removeprefix(person) not in (".key", ".kind", REFUSAL)


def drop(id: UUID, decision: str = drafts.BY_ITS_WRITER) -> bool:
    """The draft goes with this commit, and after it the draft's key. Whether there was one."""
    if not drafts.drop(work(), id):
        return False
    if decision != drafts.SENT:
        parting.taken(work(), [id])

    @after_this_request
    def shred(response: Response) -> Response:
        if response.status_code == 303:
            drafts.shred(work(), id, decision)
            parting.taken(work(), [id])  # sent, its words went along: a race that is lost has not lost them
        return response

    return True


def let_go(id: UUID) -> UUID:
    """At a no it goes at once, whatever the page answers. The id under which the page goes on: nothing lies there.

    So a mistaken no loses nothing that still stands on the page, and a save that was on its way finds no draft.
    """
    if drafts.drop(work(), id):
        parting.taken(work(), [id])
        work().commit()
        drafts.shred(work(), id, drafts.AT_A_NO)
    return free(id)


def free(id: UUID) -> UUID:
    """The same id, or a new one where a draft lay under it and is gone."""
    return uuid4() if drafts.spent(work(), id) else id


def waiting(draft: Draft) -> dict[str, Any]:
    """A draft in a list: when it was kept, and how much of it is coded."""
    kept = drafts.kept(work(), draft)
    document = forms.read(MultiDict(kept.typed)).document
    return {
        "url": url_for("report.draft", id=draft.id),
        "discard_url": url_for("report.discard", id=draft.id),
        "changed_on": draft.changed_on,
        "practice": (PRACTICE, "yes") in kept.typed,
        "seen": glance.Glance(
            kept.at,
            len(document.get("persons", [])),
            len(document.get("acts", [])),
            glance.code_of((document.get("incident") or {}).get("place")),
        ),
    }
