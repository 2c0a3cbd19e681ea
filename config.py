"""Every setting: its meaning, its default. Secrets have no default; no keys, no start."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What an instance is run with; each field is read from AMPARO_<FIELD>."""

    instance: Path  # the folder of this instance: data, keys, pepper, node key (AMPARO_INSTANCE)
    database_url: str  # where the data is (AMPARO_DATABASE_URL)
    keys_file: Path  # the keystore, a SQLite file of its own (AMPARO_KEYS_FILE)
    pepper_file: Path  # 32 bytes beside the databases, never inside their backups (AMPARO_PEPPER_FILE)
    boot_key_file: Path  # in memory-backed files: sessions die with the power (AMPARO_BOOT_KEY_FILE)
    checkpoints: Path | None  # a folder kept elsewhere for signed checkpoints (AMPARO_CHECKPOINTS)
    # Where evidence lies: file:///folder or s3://bucket/folder; empty: a folder of the instance.
    evidence_url: str = ""  # (AMPARO_EVIDENCE_URL)
    max_evidence_mb: int = 4096  # the largest file kept as evidence (AMPARO_MAX_EVIDENCE_MB)
    host: str = "127.0.0.1"  # where the web server listens (AMPARO_HOST)
    port: int = 8000  # on which port (AMPARO_PORT)
    api_limit: int = (
        600  # requests to the API that one principal has a minute; 0: no limit (AMPARO_API_LIMIT)
    )
    idle_minutes: int = 15  # a session ends after so long without a request (AMPARO_IDLE_MINUTES)
    max_upload_mb: int = 64  # the largest file taken for an import (AMPARO_MAX_UPLOAD_MB)
    # A text file: whom to call, shown as somebody parts; name.es.txt beside name.txt is its Spanish.
    referral: Path | None = None  # (AMPARO_REFERRAL)
    second_yes: bool = False  # a second person says yes before a name is opened (AMPARO_SECOND_YES)
    # Restricted acts, and those in which somebody may be a minor, count once two reviewers agree; 0: one is enough.
    two_reviewers: bool = True  # (AMPARO_TWO_REVIEWERS)
    # The language of pages before anybody chose, and the one that stands in where French, Portuguese or Haitian Creole
    # has no words for something; empty: pages begin in English, and Spanish stands in.
    language: str = ""  # (AMPARO_LANGUAGE)
    timezone: str = "America/Tijuana"  # where the days begin: what “today” is for everybody (AMPARO_TIMEZONE)

    @classmethod
    def from_environment(cls) -> "Settings":
        say = os.environ.get
        instance = Path(say("AMPARO_INSTANCE", "instance")).resolve()
        checkpoints, referral = say("AMPARO_CHECKPOINTS"), say("AMPARO_REFERRAL")
        return cls(
            instance=instance,
            database_url=say("AMPARO_DATABASE_URL", f"sqlite:///{instance / 'data.db'}"),
            keys_file=Path(say("AMPARO_KEYS_FILE", str(instance / "keys.db"))).resolve(),
            pepper_file=Path(say("AMPARO_PEPPER_FILE", str(instance / "pepper"))).resolve(),
            boot_key_file=Path(say("AMPARO_BOOT_KEY_FILE", str(_memory(instance)))).resolve(),
            checkpoints=Path(checkpoints).resolve() if checkpoints else None,
            evidence_url=say("AMPARO_EVIDENCE_URL", ""),
            max_evidence_mb=int(say("AMPARO_MAX_EVIDENCE_MB", "4096")),
            host=say("AMPARO_HOST", "127.0.0.1"),
            port=int(say("AMPARO_PORT", "8000")),
            api_limit=int(say("AMPARO_API_LIMIT", "600")),
            idle_minutes=int(say("AMPARO_IDLE_MINUTES", "15")),
            max_upload_mb=int(say("AMPARO_MAX_UPLOAD_MB", "64")),
            referral=Path(referral).resolve() if referral else None,
            second_yes=say("AMPARO_SECOND_YES", "") == "1",
            two_reviewers=say("AMPARO_TWO_REVIEWERS", "1") == "1",
            language=say("AMPARO_LANGUAGE", ""),
            timezone=say("AMPARO_TIMEZONE", "America/Tijuana"),
        )


def _memory(instance: Path) -> Path:
    """A folder in memory-backed files, one an instance and account."""
    shared = Path("/dev/shm")  # noqa: S108  memory-backed by design; the folder below is ours alone
    base = shared if shared.is_dir() else Path(tempfile.gettempdir())
    name = hashlib.sha256(str(instance).encode()).hexdigest()[:12]
    return base / f"amparo-{os.getuid()}-{name}" / "boot.key"
