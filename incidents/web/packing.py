"""Pages go out packed to a browser that came from one of ours; on a slow line that is most of the waiting.

The length of a packed page tells of what stands on it, to whoever hears the line and can have the page sent again and
again beside words of their own choice (BREACH, 2013). Another site cannot have that: what it asks for is marked by the
browser as not from here and goes out as it is, and without the session besides. A browser that marks nothing gets
pages as they are.
"""

import gzip

from flask import Flask, Response, request

LEAST = 1_400  # bytes: what fits into one packet gains nothing
HERE = "same-origin"
LEVEL = 6


def register(app: Flask) -> None:
    app.after_request(_packed)


def _packed(response: Response) -> Response:
    if response.mimetype != "text/html" or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.vary.update(["Accept-Encoding", "Sec-Fetch-Site"])
    if request.headers.get("Sec-Fetch-Site") == HERE and request.accept_encodings["gzip"]:
        whole = response.get_data()
        if len(whole) > LEAST:
            response.set_data(gzip.compress(whole, LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
    return response
