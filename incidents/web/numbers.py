"""Whole numbers as a form or an address sends them: in the ten digits, and no longer than any number of ours."""

LONGEST = 15  # digits: the bytes of the largest file, and more than a database counts


def is_whole(text: str) -> bool:
    """No sign, no ², no digits of other scripts: `isdigit` takes those, and `int` does not, or not as they look."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST


def whole(text: str) -> int:
    """The number; what is none is a ValueError: `args.get("page", 1, type=whole)` takes it for not said."""
    if not is_whole(text):
        raise ValueError
    return int(text)
