"""The files of a release as one archive: fixed times, no author, neutral names."""

import io
import zipfile
from collections.abc import Mapping

_FIXED = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say, and the same for everyone

README = """{title}

{en}
{es}

Date of data / Fecha de los datos: {data_date}

data.csv       the rows; their order says nothing / los renglones; su orden no dice nada
codebook.csv   each column and code, English and Spanish / cada columna y código, en inglés y español
manifest.json  what was promised, counted and left out, and why / lo prometido, lo contado y lo excluido, y por qué

These are reports of incidents, not a representative sample, and not findings of a court.
Son reportes de incidentes, no una muestra representativa, y no son conclusiones de un tribunal.
"""


def readme(name: str, definition: Mapping[str, str], data_date: str) -> bytes:
    """A page for whoever opens the folder first."""
    text = README.format(title=name, en=definition["en"], es=definition["es"], data_date=data_date)
    return text.encode()


def archive(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of these files; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            zipped.writestr(entry, files[name])
    return out.getvalue()
