"""Files as people bring them, all invented: each says more than it shows."""

import io
import tarfile
import zipfile
import zlib
from typing import Any

import pikepdf
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

PHOTOGRAPHER = "Xiomara Fotografa Inventada"
DEVICE = "Inventaphone 9"
AUTHOR = "Octavio Redactor Inventado"
REVISER = "Berta Correctora Inventada"
SAID = (PHOTOGRAPHER, DEVICE, AUTHOR, REVISER)
DEGREES = (TiffImagePlugin.IFDRational(32), TiffImagePlugin.IFDRational(31), TiffImagePlugin.IFDRational(47))

ABOUT: dict[str, Any] = {"name": "IMG_20190130.jpg", "origin": "staff"}


def jpeg(size: tuple[int, int] = (64, 48), orientation: int = 1) -> bytes:
    """A photograph with the place it was taken at, the device, its owner."""
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    exif = picture.getexif()
    exif[0x010F], exif[0x0110], exif[0x013B], exif[0x0112] = "Inventa", DEVICE, PHOTOGRAPHER, orientation
    exif.get_ifd(0x8825).update({1: "N", 2: DEGREES, 3: "W", 4: DEGREES})
    exif.get_ifd(0x8769).update({0x9003: "2019:01:30 15:25:00", 0xA430: PHOTOGRAPHER})
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=f"by {PHOTOGRAPHER}")
    return out.getvalue()


def png() -> bytes:
    said = PngInfo()
    said.add_text("Author", PHOTOGRAPHER)
    out = io.BytesIO()
    Image.new("RGBA", (32, 16), (200, 10, 10, 128)).save(out, "PNG", pnginfo=said)
    return out.getvalue()


def pdf() -> bytes:
    """A page with a note, an attachment, a script, a photograph with its place, and an author everywhere."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(200, 200))
    photo = pikepdf.Stream(made, jpeg())
    photo.update(
        {
            "/Type": pikepdf.Name.XObject,
            "/Subtype": pikepdf.Name.Image,
            "/Width": 64,
            "/Height": 48,
            "/ColorSpace": pikepdf.Name.DeviceRGB,
            "/BitsPerComponent": 8,
            "/Filter": pikepdf.Name.DCTDecode,
        }
    )
    page.Resources = pikepdf.Dictionary({"/XObject": pikepdf.Dictionary({"/Im0": photo})})
    page.Contents = made.make_stream(b"q 100 0 0 75 50 60 cm /Im0 Do Q")
    note = pikepdf.Dictionary(
        {
            "/Type": pikepdf.Name.Annot,
            "/Subtype": pikepdf.Name.Text,
            "/Rect": [10, 10, 30, 30],
            "/T": REVISER,
            "/Contents": "Is this the bakery?",
            "/M": "D:20190131",
        }
    )
    page.Annots = made.make_indirect(pikepdf.Array([made.make_indirect(note)]))
    made.docinfo["/Author"], made.docinfo["/Creator"] = AUTHOR, DEVICE
    with made.open_metadata(set_pikepdf_as_editor=False) as xmp:
        xmp["dc:creator"] = [AUTHOR]
    script = pikepdf.Dictionary({"/S": pikepdf.Name.JavaScript, "/JS": "app.alert('Octavio')"})
    made.Root.OpenAction = made.make_indirect(script)
    made.attachments["list.txt"] = pikepdf.AttachedFileSpec(made, AUTHOR.encode(), filename="list.txt")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def docx() -> bytes:
    """A text with tracked changes: who changed what stands in it."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    text = (
        f'<?xml version="1.0"?><w:document xmlns:w="{word}"><w:body><w:p>'
        f'<w:ins w:id="1" w:author="{REVISER}" w:date="2019-01-31T10:00:00Z"><w:r><w:t>nine</w:t></w:r></w:ins>'
        f'<w:del w:id="2" w:author="{REVISER}"><w:r><w:delText>eight</w:delText></w:r></w:del>'
        "</w:p></w:body></w:document>"
    )
    core = (
        '<cp:coreProperties xmlns:cp="c" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:creator>{AUTHOR}</dc:creator></cp:coreProperties>"
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": text,
        "docProps/core.xml": core,
    }
    return zipped(parts)


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(name: str, mode: str = "w", link: str = "", size: int = 5) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        member = tarfile.TarInfo(name)
        if link:
            member.type, member.linkname = tarfile.SYMTYPE, link
        else:
            member.size = size
        archive.addfile(member, io.BytesIO(bytes(size)))
    return out.getvalue()


def bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A picture of two and a half thousand million points in a few kilobytes: only how it begins is true."""
    small = io.BytesIO()
    Image.new("1", (8, 8)).save(small, "PNG")
    data = bytearray(small.getvalue())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def about(data: bytes, **changes: Any) -> dict[str, Any]:
    return {**ABOUT, "size": len(data), **changes}
