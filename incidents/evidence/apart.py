"""Looks into somebody's file, in a process of its own that holds no key.

Run by path, on its own: a file that breaks a reader of pictures or of PDF breaks this process,
which knows nothing, writes no file and ends when its time or its memory is used up.

    python -I apart.py describe|copy image|pdf|office        the file on standard input
    → one line of JSON, and after it the bytes of the copy, on standard output
"""

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

MOST_PIXELS = 100_000_000
MEMORY = 4 * 1024**3  # bytes of addresses: a picture of a hundred megapixels, twice, and the libraries
SECONDS = 120
MOST_SAID = 200  # entries
LONGEST_SAID = 2000  # letters of one
QUALITY = 92
PART_BYTES = 32 * 1024 * 1024  # of one part of an office document
MULTIPLE = ("GIF", "TIFF", "WEBP", "PNG", "AVIF")  # several pictures in a file: each counts

Said = dict[str, Any]


def _say(name: object, value: object) -> list[str]:
    return [str(name)[:200], str(value)[:LONGEST_SAID]]


# -- pictures


def _open_picture(data: bytes) -> Any:
    from PIL import Image  # noqa: PLC0415  only where it is needed: this process lives for one file

    Image.MAX_IMAGE_PIXELS = None  # counted below, with a sentence of our own
    return Image.open(io.BytesIO(data))


def _pixels(picture: Any) -> int:
    frames = getattr(picture, "n_frames", 1) if picture.format in MULTIPLE else 1
    return int(picture.width * picture.height * frames)


def describe_image(data: bytes) -> Said:
    picture = _open_picture(data)
    said = {"format": picture.format, "pixels": picture.width * picture.height}
    if picture.width * picture.height > MOST_PIXELS or _pixels(picture) > MOST_PIXELS:
        return said | {"refused": "pixels"}
    return said | {"metadata": list(_of_picture(picture))[:MOST_SAID]}


def _of_picture(picture: Any) -> Iterator[list[str]]:
    from PIL import ExifTags  # noqa: PLC0415  as above

    exif = picture.getexif()
    for name, value in exif.items():
        yield _say(ExifTags.TAGS.get(name, name), value)
    for block, names in ((ExifTags.IFD.Exif, ExifTags.TAGS), (ExifTags.IFD.GPSInfo, ExifTags.GPSTAGS)):
        for name, value in exif.get_ifd(block).items():
            yield _say(names.get(name, name), value)
    for name, value in picture.info.items():
        if isinstance(value, str):
            yield _say(name, value)
        elif name in ("xmp", "comment") and isinstance(value, bytes):
            yield _say(name, value.decode("utf-8", "replace"))


def copy_image(data: bytes) -> tuple[Said, bytes]:
    """The points of the picture, and nothing else of the file; turned as it was meant to be seen."""
    from PIL import Image, ImageOps  # noqa: PLC0415  as above

    picture = _open_picture(data)
    if _pixels(picture) > MOST_PIXELS:
        return {"refused": "pixels"}, b""
    if getattr(picture, "n_frames", 1) > 1 and picture.format in MULTIPLE:
        return {"none": "frames"}, b""
    picture.load()
    upright = _plain_colours(ImageOps.exif_transpose(picture))
    bare = Image.frombytes(upright.mode, upright.size, upright.tobytes())
    out = io.BytesIO()
    if picture.format in ("JPEG", "MPO") and bare.mode in ("L", "RGB"):
        bare.save(out, "JPEG", quality=QUALITY, subsampling=0)
        return {"type": "image/jpeg"}, out.getvalue()
    bare.save(out, "PNG")
    return {"type": "image/png"}, out.getvalue()


def _plain_colours(picture: Any) -> Any:
    """The colours of a screen: a colour profile can name a device."""
    from PIL import ImageCms  # noqa: PLC0415  as above

    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK"):
        try:
            ours, theirs = ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile))
            picture = ImageCms.profileToProfile(picture, theirs, ours, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile says nothing of the colours
    if picture.mode in ("L", "RGB", "RGBA"):
        return picture
    clear = picture.mode in ("LA", "PA", "RGBa", "La") or "transparency" in picture.info
    return picture.convert("RGBA" if clear else "RGB")


# -- PDF

ACTIVE = (
    "/JavaScript",
    "/Launch",
    "/SubmitForm",
    "/ImportData",
    "/GoToE",
    "/GoToR",
    "/Rendition",
    "/RichMedia",
)
SAYS = ("/Metadata", "/PieceInfo", "/LastModified", "/AF", "/OpenAction", "/AA", "/JS", "/XFA", "/Collection")
NAMES = ("/JavaScript", "/EmbeddedFiles")
DROPPED = ("/FileAttachment", "/Movie", "/Sound", "/Screen", "/RichMedia", "/3D")
OF_NOTES = ("/T", "/M", "/CreationDate", "/NM", "/Subj", "/RC")


def describe_pdf(data: bytes) -> Said:
    import pikepdf  # noqa: PLC0415  as above

    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = [_say(name.lstrip("/"), value) for name, value in pdf.docinfo.items()]
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
            found += [_say(re.sub(r"\{.*\}", "", name), value) for name, value in xmp.items()]
        found += [_say("attachment", name) for name in pdf.attachments]
        authors = {
            str(note["/T"]) for note in _notes(pdf) if "/T" in note and note.get("/Subtype") != "/Widget"
        }
        found += [_say("author of a note", name) for name in sorted(authors)]
    return {"metadata": found[:MOST_SAID]}


def _notes(pdf: Any) -> Iterator[Any]:
    for page in pdf.pages:
        yield from (note for note in page.get("/Annots", []) if hasattr(note, "get"))


def copy_pdf(data: bytes) -> tuple[Said, bytes]:
    """The pages: without who made them and with what, without scripts, attachments, authors of notes, older states."""
    import pikepdf  # noqa: PLC0415  as above

    with pikepdf.open(io.BytesIO(data)) as pdf:
        if pdf.is_encrypted:
            return {"none": "encrypted"}, b""
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        for page in pdf.pages:
            if "/Annots" in page:
                kept = [note for note in page["/Annots"] if note.get("/Subtype") not in DROPPED]
                page["/Annots"] = pikepdf.Array(kept)
        for thing in pdf.objects:
            _clean(thing, pikepdf)
        _clean(pdf.Root, pikepdf)
        pdf.remove_unreferenced_resources()
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return {"type": "application/pdf"}, out.getvalue()


def _clean(thing: Any, pikepdf: Any) -> None:
    """Take out what says something or does something, here and in what stands in it."""
    if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        for name in _unwanted(thing):
            if name in thing:
                del thing[name]
        inside = [thing[name] for name in list(thing.keys())]
    else:
        inside = list(thing) if isinstance(thing, pikepdf.Array) else []
    for inner in inside:
        if isinstance(inner, (pikepdf.Array, pikepdf.Dictionary)) and not inner.is_indirect:
            _clean(inner, pikepdf)
    if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image":
        _clean_picture(thing, pikepdf)


def _unwanted(thing: Any) -> list[str]:
    names = [*SAYS, *(OF_NOTES if _is_note(thing) else ())]
    if "/JavaScript" in thing or "/EmbeddedFiles" in thing:
        names += NAMES
    if thing.get("/S") in ACTIVE or "/EF" in thing:
        names += [name for name in thing if name not in ("/Length", "/Filter")]
    return names


def _is_note(thing: Any) -> bool:
    """An annotation; of a form's field /T is its name, which it needs."""
    return thing.get("/Subtype") != "/Widget" and ("/Rect" in thing or thing.get("/Type") == "/Annot")


def _clean_picture(thing: Any, pikepdf: Any) -> None:
    """A photograph in a page keeps the place it was taken at: what is not needed to show it goes."""
    coding = thing.get("/Filter")
    if isinstance(coding, pikepdf.Array) and len(coding) == 1:
        coding = coding[0]
    if coding == "/DCTDecode":
        thing.write(
            bare_jpeg(thing.read_raw_bytes()),
            filter=pikepdf.Name("/DCTDecode"),
            decode_parms=thing.get("/DecodeParms"),
        )
    elif coding == "/JPXDecode":
        thing.write(bare_jpx(thing.read_raw_bytes()), filter=pikepdf.Name("/JPXDecode"))


def bare_jpeg(data: bytes) -> bytes:
    """A JPEG without its comments and its blocks of applications, but for JFIF (0) and Adobe's colours (14)."""
    out, at = bytearray(data[:2]), 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:  # filling
            at += 1
            continue
        if not (0xE1 <= marker <= 0xED or marker in (0xEF, 0xFE)):
            out += data[at : at + 2 + length]
        at += 2 + length
    end = data.rfind(b"\xff\xd9")
    return bytes(out + data[at : end + 2 if end > at else len(data)])


def bare_jpx(data: bytes) -> bytes:
    """A JPEG 2000 without its boxes of XML and of other programs."""
    out, at = bytearray(), 0
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + length if length >= 8 else len(data)
        if length == 1:
            end = at + int.from_bytes(data[at + 8 : at + 16], "big")
        if kind not in (b"xml ", b"uuid", b"uinf"):
            out += data[at:end]
        if end <= at:
            break
        at = end
    return bytes(out) or data


# -- office documents: looked into, never changed

CHANGES = re.compile(rb'<w:(?:ins|del|moveFrom|moveTo|rPrChange|pPrChange)\b[^>]*?w:author="([^"]*)"')
NOTED = re.compile(rb'<w:comment\b[^>]*?w:author="([^"]*)"')
CORE = re.compile(rb"<(?:dc|cp|dcterms):(\w+)(?:\s[^>]*)?>([^<]+)</")
APP = re.compile(rb"<(Company|Manager|Application|Template)>([^<]+)</")
ODF = re.compile(rb"<(?:dc|meta):([\w-]+)(?:\s[^>]*)?>([^<]+)</")


def describe_office(data: bytes) -> Said:
    found: list[list[str]] = []
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            base = name.rpartition("/")[2]
            if name in ("docProps/core.xml", "docProps/app.xml", "meta.xml"):
                pattern = {"core.xml": CORE, "app.xml": APP, "meta.xml": ODF}[base]
                found += [
                    _say(key.decode(), _text(value)) for key, value in pattern.findall(_part(parts, name))
                ]
            elif name.startswith(("word/document", "word/header", "word/footer", "word/footnotes")):
                found += [
                    _say("author of a change", _text(who)) for who in CHANGES.findall(_part(parts, name))
                ]
            elif name.startswith("word/comments"):
                found += [
                    _say("author of a comment", _text(who)) for who in NOTED.findall(_part(parts, name))
                ]
            elif base.startswith(("comments", "persons", "commentAuthors")):
                found += [_say("comments", base)]
    return {"metadata": [list(pair) for pair in dict.fromkeys(map(tuple, found))][:MOST_SAID]}


def _part(parts: zipfile.ZipFile, name: str) -> bytes:
    with parts.open(name) as part:
        return part.read(PART_BYTES)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


DESCRIBE: dict[str, Callable[[bytes], Said]] = {
    "image": describe_image,
    "pdf": describe_pdf,
    "office": describe_office,
}
COPY: dict[str, Callable[[bytes], tuple[Said, bytes]]] = {"image": copy_image, "pdf": copy_pdf}


def main(want: str, kind: str) -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (most, most))
    data, copy = sys.stdin.buffer.read(), b""
    try:
        if want == "copy":
            said, copy = COPY[kind](data)
        else:
            said = DESCRIBE[kind](data)
    except Exception as fault:  # noqa: BLE001  whatever a hostile file makes of a reader: it was not read
        said = {"none": "unreadable", "fault": type(fault).__name__}
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + copy)


if __name__ == "__main__":
    main(*sys.argv[1:])
