"""What somebody is given as they part: three words each, a receipt where they wish it, whom to call."""

from typing import Any
from uuid import UUID

from incidents.intake import parting
from incidents.web.frame import house, work
from incidents.web.language import speaks


def whose_words(id: UUID) -> list[dict[str, Any]]:
    """The words of each teller of a report or a draft, with the number of the person; named they are nowhere."""
    return [{"number": number, "words": words} for number, words in parting.of_each(work(), id)]


def whom_to_call() -> str:
    """What the organisation wrote for this moment, in this language if it did: read each time, never an old one."""
    file = house().referral
    if file is None:
        return ""
    own = file.with_suffix(f".{speaks()}{file.suffix}")
    found = next((path for path in (own, file) if path.is_file()), None)
    return found.read_text("utf-8").strip() if found else ""
