"""Sealing and opening one field, beside what others use for it: same payload, same process, in turns.

SQLAlchemy-Utils binds no field to its place and pads nothing; ours does both, and writes JSON besides.
"""

from uuid import UUID

from cryptography.fernet import Fernet
from sqlalchemy import String
from sqlalchemy_utils import StringEncryptedType
from sqlalchemy_utils.types.encrypted.encrypted_type import AesGcmEngine

from benchmarks.figures import Figure, best
from crypto.envelope import FieldKey, field_place

TEXT = "Me detuvieron cerca del puente; éramos once y pidieron 5 000 por cada uno. "
SIZES = {"80 bytes": 80, "2 KB": 2048}
PLACE = field_place("incident", "narrative", UUID(int=7), "testimony", 1)


def run(sizes):
    found = []
    for name, size in SIZES.items():
        text = (TEXT * (size // len(TEXT) + 1)).encode()[:size].decode(errors="ignore")
        found += _of(name, text, sizes)
    return found


def _of(name, text, sizes):
    ours, theirs = FieldKey(b"k" * 32, 1), StringEncryptedType(String, "a key of theirs", AesGcmEngine)
    fernet = Fernet(Fernet.generate_key())
    sealed, stored = ours.seal(text, PLACE), theirs.process_bind_param(text, None)
    token = fernet.encrypt(text.encode())
    seal = {
        "ours": lambda: ours.seal(text, PLACE),
        "SQLAlchemy-Utils AES-GCM": lambda: theirs.process_bind_param(text, None),
        "Fernet": lambda: fernet.encrypt(text.encode()),
    }
    open_ = {
        "ours": lambda: ours.open(sealed, PLACE),
        "SQLAlchemy-Utils AES-GCM": lambda: theirs.process_result_value(stored, None),
        "Fernet": lambda: fernet.decrypt(token).decode(),
    }
    return [*_beside(f"seal {name}", seal, sizes), *_beside(f"open {name}", open_, sizes)]


def _beside(what, deeds, sizes):
    times = best(deeds, sizes.rounds, sizes.loops)
    return [
        Figure(
            f"{what}, faster than {name}",
            times[name] / times["ours"],
            target=target,
            said=f"{times['ours'] * 1e6:.2f} µs, theirs {times[name] * 1e6:.2f} µs",
        )
        for name, target in (("SQLAlchemy-Utils AES-GCM", 1.5), ("Fernet", 1.0))
    ]
