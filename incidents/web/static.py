"""What pages are dressed with. An address says which version, so that a browser keeps it for a year and asks once.

On a line with half a second to and fro, asking for five files anew on each page is what makes it slow. Style and
scripts go out packed to whoever asks.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

WRITTEN = frozenset({".css", ".js", ".svg"})
YEAR = 31_536_000  # seconds
_URL = re.compile(r'url\("([^":]+)"\)')


@dataclass(frozen=True)
class Dress:
    """A file as it is sent, whole and packed, and its version."""

    version: str
    whole: bytes
    packed: bytes


def register(app: Flask) -> None:
    folder = Path(str(app.static_folder))

    def version(endpoint: str, values: dict[str, Any]) -> None:
        path = folder / str(values.get("filename", ""))
        if endpoint == "static" and path.suffix in WRITTEN and path.is_file():
            values["v"] = dress_of(path).version

    def send(filename: str) -> Response:
        found = app.send_static_file(filename)  # a name that leads out of the folder ends here
        path = folder / filename
        return _sent(found, dress_of(path)) if path.suffix in WRITTEN else found

    app.url_defaults(version)
    app.view_functions["static"] = send


def dress_of(path: Path) -> Dress:
    return _dress(path, path.stat().st_mtime_ns)


@lru_cache
def _dress(path: Path, _changed: int) -> Dress:
    whole = path.read_bytes()
    if path.suffix == ".css":  # what it asks for is asked for by its version too
        text = _URL.sub(
            lambda found: f'url("{found[1]}?v={dress_of(path.parent / found[1]).version}")', whole.decode()
        )
        whole = text.encode()
    return Dress(hashlib.sha256(whole).hexdigest()[:12], whole, gzip.compress(whole, 9, mtime=0))


def _sent(found: Response, dress: Dress) -> Response:
    found.close()
    packs = bool(request.accept_encodings["gzip"])
    sent = Response(dress.packed if packs else dress.whole, mimetype=found.mimetype)
    sent.vary.add("Accept-Encoding")
    if packs:
        sent.headers["Content-Encoding"] = "gzip"
    if request.args.get("v") == dress.version:
        sent.cache_control.public = True
        sent.cache_control.max_age = YEAR
        sent.cache_control.immutable = True
    else:
        sent.cache_control.no_cache = True
    sent.set_etag(f"{dress.version}{'-gzip' * packs}")
    sent.make_conditional(request)
    return sent
