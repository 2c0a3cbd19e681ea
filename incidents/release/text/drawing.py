"""How a picture becomes SVG and PNG: one ink, one blue in four shades that paper keeps apart; nothing hovers."""

import io
import re
from html import escape
from typing import Any

import altair as alt
import vl_convert
from PIL import Image

FONT = "Liberation Sans, Arial, sans-serif"  # what draws brings the first along
INK, BLUE, PALE = "#1f2a37", "#1f4e79", "#eef1f5"
BROKEN = [3, 2]  # the line around what is not shown
POINT, WIDEST = 0.85, 468  # points for a pixel, and between the margins
COLOURS = 64
SHARP = 2.5  # pixels of the PNG for one of the SVG
_PARTS = re.compile(
    r' (?:role="graphics-\w+"|aria-roledescription="[^"]*")'
)  # the whole is told, not each bar
_WHEREVER = re.compile(r'<svg [^>]*?(width="[^"]+" height="[^"]+" viewBox="[^"]+")[^>]*>')


def svg(chart: alt.LayerChart, alternative: str) -> str:
    """The chart as SVG, told once and whole to whoever does not see it."""
    made = chart.configure(aria=False, font=FONT, background="white").configure_view(stroke=None)
    drawn: str = vl_convert.vegalite_to_svg(made.to_dict())
    drawn = _PARTS.sub("", drawn)
    told = f'role="img" aria-label="{escape(alternative)}"'
    return _WHEREVER.sub(
        rf'<svg xmlns="http://www.w3.org/2000/svg" \1 {told.replace(chr(92), "")}>', drawn, count=1
    )


def png(drawn: str) -> bytes:
    """The same as PNG, of few colours: a tenth of the size."""
    large, out = io.BytesIO(vl_convert.svg_to_png(drawn, scale=SHARP)), io.BytesIO()
    with Image.open(large) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def printed(drawn: str) -> int:
    """Its width on paper, in points: as large as its neighbours, and no wider than the page."""
    found = re.search(r' width="(\d+)', drawn)
    return min(WIDEST, round(int(found[1]) * POINT)) if found else WIDEST


def data(values: list[dict[str, Any]]) -> alt.Data:
    """Rows of a chart: nothing but what it shows."""
    return alt.Data(values=values)  # type: ignore[no-untyped-call]  # the library says nothing of it
