"""Double coding: a sample of reports that several people code unseen, and how far they agree, list by list.

A coordinator draws the sample; each coder sees accounts and their own sheets alone; once all have finished, the figures
are there, the differences for those who coded, and the sentences for a method chapter.
"""

from incidents.agreement.coding import (
    KnownByNow,
    NotToBeCoded,
    Sheet,
    close,
    keep,
    left_empty,
    next_of,
    open_sheet,
    own,
    sample,
    samples,
    waiting,
)
from incidents.agreement.drawing import MOST, MOST_CODERS, NothingToDraw, Wanted, able, draw
from incidents.agreement.kappa import Estimate
from incidents.agreement.measuring import FLOOR, Figures, Measured
from incidents.agreement.results import (
    Agreement,
    Difference,
    NotFinished,
    Progress,
    Standing,
    agreement,
    differences,
    drawn_of,
    finished,
    may_discuss,
    progress,
    standing,
)
from incidents.agreement.sentences import in_figures, percent, sentences
from incidents.agreement.sheet import GROUPS, QUESTIONS, USUAL, Question

__all__ = [
    "FLOOR",
    "GROUPS",
    "MOST",
    "MOST_CODERS",
    "QUESTIONS",
    "USUAL",
    "Agreement",
    "Difference",
    "Estimate",
    "Figures",
    "KnownByNow",
    "Measured",
    "NotFinished",
    "NotToBeCoded",
    "NothingToDraw",
    "Progress",
    "Question",
    "Sheet",
    "Standing",
    "Wanted",
    "able",
    "agreement",
    "close",
    "differences",
    "draw",
    "drawn_of",
    "finished",
    "in_figures",
    "keep",
    "left_empty",
    "may_discuss",
    "next_of",
    "open_sheet",
    "own",
    "percent",
    "progress",
    "sample",
    "samples",
    "sentences",
    "standing",
    "waiting",
]
