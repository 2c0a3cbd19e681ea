"""Amparo: human-rights incidents, sealed, verified, released."""
