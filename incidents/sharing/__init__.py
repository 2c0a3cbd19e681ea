"""Sharing: named people's records for one recipient who may read them, and for nobody else.

A release is coarse and for many; a package is exact and for one: a lawyer, a UN body, a partner. `content`
says what may go, person by person and field by field, `pieces` which evidence; `packing` writes it and closes it with
the recipient's key; `handing` is what people do: prepare, sign as somebody else, hand over, recall.
"""

from incidents.sharing.choice import MOST, PURPOSES, Choice, check_whom
from incidents.sharing.content import Content, offered, read
from incidents.sharing.handing import (
    PackageChanged,
    download,
    holding,
    listed,
    one,
    prepare,
    recall,
    sign,
    waiting,
)
from incidents.sharing.pieces import Offer

__all__ = [
    "MOST",
    "PURPOSES",
    "Choice",
    "Content",
    "Offer",
    "PackageChanged",
    "check_whom",
    "download",
    "holding",
    "listed",
    "offered",
    "one",
    "prepare",
    "read",
    "recall",
    "sign",
    "waiting",
]
