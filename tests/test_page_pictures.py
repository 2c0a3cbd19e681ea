"""The pictures of every page: eight of each, no stranger among them, small, and saying nothing of who made them."""

from PIL import Image

from tests import page_pictures

PICTURES = sorted(page_pictures.FOLDER.glob("*.webp"))


def test_each_page_has_its_eight_pictures_and_no_stranger_is_there():
    wanted = {
        page_pictures.file_of(name, kind) for name in page_pictures.names() for kind in page_pictures.KINDS
    }
    assert len(wanted) == 8 * len(page_pictures.names())
    assert {path.name for path in page_pictures.FOLDER.iterdir()} == wanted | {page_pictures.INDEX.name}


def test_each_picture_is_linked_from_the_page_that_shows_them():
    text = page_pictures.INDEX.read_text("utf-8")
    assert [path.name for path in PICTURES if f"]({path.name})" not in text] == []


def test_no_picture_holds_more_than_what_is_drawn():
    for path in PICTURES:
        with Image.open(path) as image:
            assert image.format == "WEBP", path.name
            assert image.width == min(int(path.name.split("-")[-2]), page_pictures.WIDE), path.name
            assert image.height <= page_pictures.HIGHEST, path.name
            assert not {*image.info} - {"loop", "background", "timestamp", "duration"}, (
                path.name,
                image.info,
            )
        data = path.read_bytes()
        assert not any(chunk in data[:64] for chunk in (b"EXIF", b"XMP ", b"ICCP")), path.name


def test_they_stay_small():
    sizes = [path.stat().st_size for path in PICTURES]
    assert max(sizes) < page_pictures.LARGEST
    assert sum(sizes) < page_pictures.FOLDER_MOST
