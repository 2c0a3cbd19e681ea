"""The files of a release as one archive: fixed times, no author, neutral names."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

_FIXED = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say, and the same for everyone

README = """{title}

{definition_en}
{definition_es}

Date of data / Fecha de los datos: {data_date}
Rows / Renglones: {released} of/de {considered}

data.csv       the rows; their order says nothing / los renglones; su orden no dice nada
codebook.csv   each column and code, English and Spanish / cada columna y código, en inglés y español
manifest.json  what was promised, counted and left out, and why / lo prometido, lo contado y lo excluido, y por qué

These are reports of incidents, not a representative sample, and not findings of a court.
Son reportes de incidentes, no una muestra representativa, y no son conclusiones de un tribunal.
"""


def readme(manifest: Mapping[str, Any]) -> bytes:
    """A page for whoever opens the folder first."""
    return README.format(
        title=manifest["policy"]["name"],
        definition_en=manifest["definition"]["en"],
        definition_es=manifest["definition"]["es"],
        data_date=manifest["data_date"],
        released=manifest["counts"]["released"],
        considered=manifest["counts"]["considered"],
    ).encode()


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
