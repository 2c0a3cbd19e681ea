"""What a file is, by its content, and what it says of itself. Its name is not believed."""

import bz2
import gzip
import json
import lzma
import re
import stat
import subprocess
import sys
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import puremagic

from incidents.evidence import pieces
from incidents.evidence.apart import MOST_PIXELS
from incidents.evidence.pieces import Stored
from incidents.evidence.refusals import LeadsOut, NotLookedThrough, TooManyPixels
from incidents.work import Work

APART = Path(__file__).with_name("apart.py")
HEAD = 64 * 1024
LARGEST = 1024 * 1024 * 1024  # bytes handed to the process apart; a larger picture unfolds to too much anyway
SECONDS = 150  # on the clock
MOST_NAMES = 100_000  # in an archive
DIRECTORY = 32 * 1024 * 1024  # bytes of a list of names, read at once
UNFOLDED = 2 * 1024 * 1024 * 1024  # bytes of a packed archive that are looked through
LINK = 4096
OTHER, ZIP = "application/octet-stream", "application/zip"
OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
ENDINGS = {
    **dict(zip(OFFICE.values(), ("docx", "xlsx", "pptx"), strict=True)),
    "application/gzip": "gz",
    "application/pdf": "pdf",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/x-tar": "tar",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/x-m4a": "m4a",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "text/plain": "txt",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}


@dataclass(frozen=True)
class Look:
    """`kind`: what is looked at apart and how: image, pdf, office; empty for all else."""

    type: str
    kind: str
    metadata: list[list[str]] = field(default_factory=list)  # name and value, as the file says
    read: bool = True  # False: it could not be looked into


def ending(type: str) -> str:
    return ENDINGS.get(type, "bin")


def look(work: Work, where: Stored, size: int) -> Look:
    """A Problem where it is one of the files that are not kept."""
    with pieces.opened(work, where, size) as file:
        type = kind_of(file)
    kind = _apart(type)
    if not kind:
        return Look(type, "")
    if size > LARGEST:
        if kind == "image":
            raise TooManyPixels(most=MOST_PIXELS // 1_000_000)
        return Look(type, kind, read=False)
    said, _copy = apart("describe", kind, pieces.read(work, where))
    if said.get("refused") == "pixels":
        raise TooManyPixels(most=MOST_PIXELS // 1_000_000)
    return Look(type, kind, said.get("metadata", []), "metadata" in said)


def _apart(type: str) -> str:
    if type.startswith("image/"):
        return "image"
    if type == "application/pdf":
        return "pdf"
    return "office" if type in OFFICE.values() or "opendocument" in type else ""


def kind_of(file: BinaryIO) -> str:
    """The media type; archives are looked through for names that lead out of them."""
    head = file.read(HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(file)
    if head[257:262] == b"ustar":
        _through_tar(file)
        return "application/x-tar"
    for start, unpacked in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open)):
        if head.startswith(start):
            file.seek(0)
            with unpacked(file) as inner:
                _through_packed(inner)
    return _by_magic(head)


def _by_magic(head: bytes) -> str:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        found = []
    types = [each.mime_type for each in found if each.mime_type]
    if types:
        return str(types[0])
    return "text/plain" if _is_text(head) else OTHER


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as cut:
        if cut.start < len(head) - 4:
            return False
        text = head[: cut.start].decode("utf-8")
    return all(letter.isprintable() or letter in "\r\n\t\f" for letter in text)


# -- archives: looked through, never unpacked


class _Bounded:
    """A file of which nobody reads much at once, and not more than so much of it."""

    def __init__(self, file: Any, most: int | None = None) -> None:
        self._file, self._left = file, most

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(size if 0 <= size <= DIRECTORY else DIRECTORY + 1)
        if len(data) > DIRECTORY:
            raise NotLookedThrough
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise NotLookedThrough
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        if self._left is not None and whence == 0:  # what is packed is unpacked to get past it
            self._left -= max(0, offset - self.tell())
            if self._left < 0:
                raise NotLookedThrough
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def seekable(self) -> bool:
        return True


def leads_out(name: str) -> bool:
    """On any machine: upwards, to a root, to a drive."""
    path = name.replace("\\", "/")
    return (
        ".." in path.split("/") or path.startswith("/") or bool(re.match(r"[A-Za-z]:", path)) or "\0" in name
    )


def _of_zip(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(cast("Any", _Bounded(file))) as archive:  # read, seek and tell are enough
            entries = archive.infolist()
            if len(entries) > MOST_NAMES:
                raise NotLookedThrough
            if any(leads_out(entry.orig_filename) for entry in entries):
                raise LeadsOut
            if any(_link_out(archive, entry) for entry in entries):
                raise LeadsOut
            names = [entry.filename for entry in entries]
            if names and names[0] == "mimetype" and entries[0].file_size < LINK:
                said = archive.read(entries[0]).decode("ascii", "replace")
                return said if re.fullmatch(r"application/vnd\.oasis\.opendocument\.[a-z-]+", said) else ZIP
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError, NotImplementedError, EOFError):
        return ZIP  # damaged: kept as it came
    return next(
        (type for folder, type in OFFICE.items() if any(name.startswith(folder) for name in names)), ZIP
    )


def _link_out(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    if not stat.S_ISLNK(entry.external_attr >> 16):
        return False
    try:
        with archive.open(entry) as target:
            return leads_out(target.read(LINK).decode("utf-8", "replace"))
    except RuntimeError:  # locked by a password: where it leads cannot be told
        return True


def _through_packed(inner: Any) -> None:
    """A packed tar; what is packed and no tar holds one file, which nobody unpacks here."""
    try:
        _through_tar(_Bounded(inner, UNFOLDED))
    except (EOFError, zlib.error, lzma.LZMAError, OSError):
        return  # damaged: kept as it came


def _through_tar(file: Any) -> None:
    file.seek(0)
    bounded = file if isinstance(file, _Bounded) else _Bounded(file)
    try:
        with tarfile.open(fileobj=cast("Any", bounded), mode="r:") as archive:
            for number, member in enumerate(archive):
                if number >= MOST_NAMES:
                    raise NotLookedThrough
                if leads_out(member.name) or (member.linkname and leads_out(member.linkname)):
                    raise LeadsOut
    except tarfile.TarError:
        return  # damaged, or no tar: kept as it came


# -- the process apart


def apart(want: str, kind: str, chunks: Iterable[bytes]) -> tuple[dict[str, Any], bytes]:
    """What it says of a file, and the copy that it made. It gets the bytes by a pipe, and nothing else of ours."""
    command = [sys.executable, "-I", str(APART), want, kind]
    with subprocess.Popen(  # noqa: S603  our own script, fixed words
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
    ) as child:
        clock = threading.Timer(SECONDS, child.kill)
        clock.start()
        try:
            _feed(child, chunks)
            answer = child.stdout.read() if child.stdout else b""
        finally:
            clock.cancel()
            child.kill()
    line, _newline, copy = answer.partition(b"\n")
    try:
        said: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"none": "unreadable"}, b""
    return said, copy


def _feed(child: subprocess.Popen[bytes], chunks: Iterable[bytes]) -> None:
    assert child.stdin is not None  # noqa: S101  it was opened as a pipe
    try:
        for chunk in chunks:
            child.stdin.write(chunk)
        child.stdin.close()
    except BrokenPipeError:
        return  # it ended before it had read all: what it said, or did not, tells
