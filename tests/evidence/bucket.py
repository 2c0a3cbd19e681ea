"""A bucket on this machine: as much of S3's protocol as keeping files in it takes."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

NAME = "bucket"
WHEN = "2026-01-01T00:00:00.000Z"


class Bucket(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kept: dict[str, bytes]

    def log_message(self, *_said):
        """Says nothing."""

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"x"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    @property
    def key(self) -> str:
        return urlsplit(self.path).path.removeprefix(f"/{NAME}").strip("/")

    def do_PUT(self):
        self.kept[self.key] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self):
        asked = parse_qs(urlsplit(self.path).query)
        if "list-type" in asked:
            self.answer(200, self.listed(asked.get("prefix", [""])[0]))
        elif self.key in self.kept:
            self.answer(200, self.kept[self.key])
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def listed(self, prefix: str) -> bytes:
        found = "".join(
            f"<Contents><Key>{key}</Key><LastModified>{WHEN}</LastModified><ETag>x</ETag><Size>{len(data)}</Size></Contents>"
            for key, data in self.kept.items()
            if key.startswith(prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>".encode()

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        keys = re.findall("<Key>(.*?)</Key>", asked)
        for key in keys:
            self.kept.pop(key, None)
        gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self.answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())


@contextmanager
def served() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Its address, and what is in it."""
    kept: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Mine", (Bucket,), {"kept": kept}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", kept
    server.shutdown()
    server.server_close()
    thread.join()
