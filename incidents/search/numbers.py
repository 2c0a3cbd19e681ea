"""Numbers that tell somebody apart, as they are compared: telephones and documents. Nothing here is ever stored."""

import re

import phonenumbers

from incidents.work import normal_phone

SHORTEST_PHONE = 7  # digits
SHORTEST_DOCUMENT = 5  # signs, a digit among them
_BETWEEN = re.compile(r"[,;/\n]|\b[yeo]\b|\bor\b|\band\b|\bou\b", re.IGNORECASE)
_NO_SIGN = re.compile(r"[^0-9A-Z]")


def between(text: str) -> list[str]:
    """Several values in one field."""
    return [piece for piece in _BETWEEN.split(text) if piece.strip()] if text else []


def phones(text: str) -> tuple[str, ...]:
    """The last nine digits of each."""
    found = {normal_phone(piece) for piece in between(text)}
    return tuple(sorted(digits for digits in found if len(digits) >= SHORTEST_PHONE))


def readings(text: str) -> frozenset[str]:
    """The digits by which each telephone may be known: its last nine, and those without the code of its country.

    A number of Honduras has eight: it is the same with +504, with 00504, with 504 and without.
    """
    return frozenset({*phones(text), *filter(None, map(_national, between(text)))})


def _national(text: str) -> str:
    """What is left of a number without the code of its country; empty: it names none."""
    digits = "".join(str(int(sign)) for sign in text if sign.isdecimal()).removeprefix("00")
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return ""
    return str(number.national_number) if phonenumbers.is_valid_number(number) else ""


def documents(text: str) -> tuple[str, ...]:
    """The letters and digits of each number; words that name the kind of document are no number."""
    found = set()
    for piece in between(text.upper()):
        named = [word for word in piece.split() if any(sign.isdigit() for sign in word) or len(word) == 1]
        signs = _NO_SIGN.sub("", "".join(named))
        if len(signs) >= SHORTEST_DOCUMENT and any(sign.isdigit() for sign in signs):
            found.add(signs)
    return tuple(sorted(found))
