"""What can go wrong in crypto; no message ever carries key or plaintext bytes."""


class CryptoError(Exception):
    """Anything this package refuses to open, verify or start with."""


class Tampered(CryptoError):
    """Altered, cut, moved, forged, of an unknown kind, or under another key."""


class WrongSecret(CryptoError):
    """A lock or a set of shares that this secret does not open."""
