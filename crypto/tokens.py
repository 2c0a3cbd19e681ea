"""Keyed tokens: equality under a key, so that a facet can be filtered in a database that cannot read it.

HMAC-SHA-256 (RFC 2104) over canon; normal forms of names and phones for comparing in an unlocked session.
"""

import unicodedata

from crypto.envelope import LABEL, Part, canon, mac, need_key

_TOKEN_BYTES = 16
_PHONE_DIGITS = 9
_TATWEEL = "\u0640"  # lengthens an Arabic word on the page, counts as a letter in Unicode, is none


def keyed(key: bytes, label: str, *parts: Part) -> bytes:
    """HMAC-SHA-256 of the parts under a 32-byte key: 32 bytes."""
    return mac(need_key(key), canon(LABEL + label, *parts))


def facet_token(key: bytes, facet: str, code: str) -> bytes:
    """Make 16 bytes, equal for equal codes of a facet, that say nothing without the key."""
    return keyed(key, "facet", facet, code)[:_TOKEN_BYTES]


def _folded(text: str) -> str:
    """Fold case and decompose until nothing changes: each step can open work for the other."""
    while (folded := unicodedata.normalize("NFKD", text).casefold()) != text:
        text = folded
    return text


def _kept(char: str) -> str:
    if unicodedata.combining(char) or char == _TATWEEL or unicodedata.category(char) == "Cf":
        return ""
    return char if char.isalnum() else " "


def normal_name(text: str) -> str:
    """Make a name comparable: no case, accents or direction marks, words sorted. Never stored instead of it."""
    stripped = "".join(map(_kept, _folded(text)))
    return " ".join(sorted(_folded(stripped).split()))


def normal_phone(text: str) -> str:
    """Take the last 9 digits, whatever script they are written in."""
    digits = (unicodedata.decimal(char, None) for char in text)
    return "".join(str(digit) for digit in digits if digit is not None)[-_PHONE_DIGITS:]
