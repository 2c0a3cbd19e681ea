"""Languages: a catalogue each, and the marks for sentences that a library wrote."""

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

Say = Callable[[str], str]


@cache
def into(language: str) -> Say:
    """Says a sentence in a language, where no page does: itself, where its catalogue has it not."""
    return gettext.translation("messages", Path(__file__).parent, [language], fallback=True).gettext
